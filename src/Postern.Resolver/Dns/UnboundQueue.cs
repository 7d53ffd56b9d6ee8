using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using Postern.Interop.LibC;
using Postern.Interop.LibUnbound;
using Postern.Policy.Dns;

namespace Postern.Resolver.Dns;

/// <summary>
/// libunbound for many threads: one thread of its own asks and takes the answers, as the library's context wants it, and those who
/// want to know wait for theirs. It runs as long as the process does.
/// </summary>
public sealed class UnboundQueue : IDnsSource
{
    private const int StackSize = 256 * 1024;

    /// <summary>So often it is looked whether somebody has waited long enough.</summary>
    private const int TickMilliseconds = 500;

    private readonly UnboundContext _context;
    private readonly ConcurrentQueue<Errand> _new = new();
    private readonly int _wake;
    private readonly int _woken;

    private UnboundQueue(UnboundContext context, int wake, int woken)
    {
        _context = context;
        _wake = wake;
        _woken = woken;
    }

    /// <summary>Null, and why. A thread begins.</summary>
    public static UnboundQueue? Start(UnboundContext context, out string problem)
    {
        int result = StreamSocket.Pair(messages: false, nonBlocking: true, out int wake, out int woken);
        problem = result < 0 ? "a pair of sockets cannot be made: " + Errno.Describe(result) : "";
        if (result < 0)
            return null;

        var queue = new UnboundQueue(context, wake, woken);
        new Thread(queue.Run, StackSize) { IsBackground = true, Name = "dns" }.Start();
        return queue;
    }

    public ImmutableArray<DnsReply> Look(ImmutableArray<DnsQuestion> questions)
    {
        ImmutableArray<UnboundReply?> answers = Ask([.. questions.Select(question => (question.Name.Text, (int)question.Type))]);
        return [.. questions.Select((question, i) => answers[i] is { } answer
            ? UnboundSource.Of(question, answer)
            : DnsReply.Failed(question, DnsState.Failed, $"no answer within {UnboundSource.Limit.TotalSeconds} seconds"))];
    }

    public string? Canary() => UnboundSource.CanaryOf(Ask([(".", UnboundSource.TypeDnsKey)])[0]);

    /// <summary>One answer for each; null where none came in time.</summary>
    private ImmutableArray<UnboundReply?> Ask(ImmutableArray<(string Name, int Type)> questions)
    {
        using var errand = new Errand(questions);
        _new.Enqueue(errand);

        // Full: then it is awake, or will be.
        _ = StreamSocket.Send(_wake, [1]);
        errand.Done.Wait();
        return [.. errand.Answers];
    }

    private void Run()
    {
        using var poll = new EventPoll(2);
        if (poll.Watch(_context.Descriptor, PollEvents.In, 0) is var first and < 0)
            throw new InvalidOperationException("libunbound's descriptor cannot be watched: " + Errno.Describe(first));
        if (poll.Watch(_woken, PollEvents.In, 1) is var second and < 0)
            throw new InvalidOperationException("a socket cannot be watched: " + Errno.Describe(second));

        List<Errand> open = [];
        byte[] words = new byte[256];
        while (true)
        {
            _ = poll.Wait(open.Count == 0 ? Timeout.Infinite : TickMilliseconds);
            while (StreamSocket.Receive(_woken, words) > 0)
            {
                // How often it was woken does not matter.
            }

            _context.Take();
            while (_new.TryDequeue(out Errand? errand))
            {
                errand.Begin(_context);
                open.Add(errand);
            }

            _ = open.RemoveAll(errand => errand.IsOver(_context));
        }
    }

    /// <summary>Questions that are asked together.</summary>
    private sealed class Errand(ImmutableArray<(string Name, int Type)> questions) : IDisposable
    {
        private readonly List<UnboundContext.Inquiry> _inquiries = [];
        private long _begun;
        private int _missing = questions.Length;

        public UnboundReply?[] Answers { get; } = new UnboundReply?[questions.Length];

        public ManualResetEventSlim Done { get; } = new();

        public void Begin(UnboundContext context)
        {
            _begun = Stopwatch.GetTimestamp();
            for (int i = 0; i < questions.Length; i++)
            {
                int place = i;
                _inquiries.Add(context.Ask(questions[i].Name, questions[i].Type, answer =>
                {
                    Answers[place] = answer;
                    _missing--;
                }));
            }
        }

        public bool IsOver(UnboundContext context)
        {
            if (_missing > 0 && Stopwatch.GetElapsedTime(_begun) < UnboundSource.Limit)
                return false;

            for (int i = 0; i < questions.Length; i++)
            {
                if (Answers[i] is null)
                    context.Forget(_inquiries[i]);
            }

            Done.Set();
            return true;
        }

        public void Dispose() => Done.Dispose();
    }
}
