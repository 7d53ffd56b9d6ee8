using System.Diagnostics;
using Postern.Interop.LibC;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.Memory;
using Postern.Policy.Ratchet;
using Postern.Policy.TlsRpt;
using Postern.Roles.Recorder;
using Xunit;

namespace Postern.Roles.Tests;

/// <summary>
/// The resolver's end: asks once, and goes on when the recorder is slow, silent or gone. Taken out: KnownDomains' bounds, IsWhole (what
/// was learned without the recorder hides what it knows), Rest (every decision waits), the queue of what was not sent.
/// </summary>
public sealed class RecorderLinkTests : IDisposable
{
    private static readonly DnsName s_domain = DnsName.Read("example.org")!;
    private static readonly DateTimeOffset s_at = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly RecorderLink _link;
    private FalseRecorder _recorder;

    public RecorderLinkTests()
    {
        _recorder = new FalseRecorder(out int theirs);
        _link = new RecorderLink(theirs);
    }

    public void Dispose()
    {
        _link.Dispose();
        _recorder.Dispose();
    }

    [Fact]
    public void It_asks_once()
    {
        _recorder.Knows = Memory(s_domain, AssuredLevel.Dane);
        for (int i = 0; i < 3; i++)
            Assert.Equal(AssuredLevel.Dane, _link.Find(s_domain)!.Ratchet!.Hosts[0].Level);
        _recorder.Knows = null;
        for (int i = 0; i < 3; i++)
            Assert.Null(_link.Find(DnsName.Read("example.net")!));
        Assert.Equal(2, _recorder.Heard(RecorderKind.Find));
    }

    [Fact]
    public void What_is_kept_and_counted_reaches_the_recorder()
    {
        _link.Keep(Memory(s_domain, AssuredLevel.Dane));
        var policy = new ReportedPolicy(PolicyType.Tlsa, "mx.example.org", ["3 1 1 00"], []);
        _link.Count(policy, null);
        _link.Count(policy, new SessionFailure(ResultType.TlsaInvalid));
        Assert.Equal(AssuredLevel.Dane, _link.Find(s_domain)!.Ratchet!.Hosts[0].Level);
        _recorder.WaitFor(() => _recorder.Heard(RecorderKind.Keep) == 1 && _recorder.Heard(RecorderKind.Count) == 2);
        Assert.Equal(0, _link.Lost);
    }

    /// <summary>What was written down while the recorder was away is added to what it knows, and hides nothing of it.</summary>
    [Fact]
    public void A_recorder_that_comes_back_is_asked_for_what_it_knows()
    {
        _recorder.Dispose();
        Assert.Null(_link.Find(s_domain));
        _link.Keep(Memory(s_domain, AssuredLevel.Clear));
        Assert.Equal(AssuredLevel.Clear, _link.Find(s_domain)!.Ratchet!.Hosts[0].Level);

        _recorder = new FalseRecorder(out int theirs) { Knows = Memory(s_domain, AssuredLevel.Dane) };
        _link.Replace(theirs);
        Assert.Equal(AssuredLevel.Dane, _link.Find(s_domain)!.Ratchet!.Hosts[0].Level);
        Assert.Equal(1, _recorder.Heard(RecorderKind.Keep));
    }

    [Fact]
    public void A_recorder_that_cannot_read_its_file_is_asked_again()
    {
        _recorder.IsAway = true;
        Assert.Null(_link.Find(s_domain));
        _recorder.IsAway = false;
        _recorder.Knows = Memory(s_domain, AssuredLevel.MtaSts);
        Assert.Equal(AssuredLevel.MtaSts, _link.Find(s_domain)!.Ratchet!.Hosts[0].Level);
    }

    [Fact]
    public void A_silent_recorder_costs_one_decision_a_moment_and_the_others_nothing()
    {
        _recorder.IsSilent = true;
        Assert.Null(_link.Find(s_domain));
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < 200; i++)
            Assert.Null(_link.Find(DnsName.Read($"d{i}.example.org")!));

        // With a wait of a quarter of a second for each it would be fifty.
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20), "every decision waits for a recorder that does not answer");
    }

    [Fact]
    public void A_late_answer_is_not_taken_for_another()
    {
        _recorder.IsSilent = true;
        Assert.Null(_link.Find(s_domain));
        _recorder.IsSilent = false;
        _recorder.SayLate(Memory(s_domain, AssuredLevel.Dane));
        _recorder.WaitFor(() => _link.Find(DnsName.Read("example.net")!) is null && _recorder.Heard(RecorderKind.Find) >= 2);
        Assert.Null(_link.Find(DnsName.Read("example.net")!));
    }

    [Fact]
    public void Without_a_recorder_there_is_what_is_remembered()
    {
        using var alone = new RecorderLink(-1);
        Assert.Null(alone.Find(s_domain));
        alone.Keep(Memory(s_domain, AssuredLevel.Dane));
        alone.Count(new ReportedPolicy(PolicyType.NoPolicyFound, "example.org", [], []), null);
        Assert.NotNull(alone.Find(s_domain));
        Assert.Null(alone.Forget(s_domain));
        Assert.Null(alone.Find(s_domain));
    }

    [Fact]
    public void What_is_forgotten_is_forgotten_here_and_there()
    {
        _link.Keep(Memory(s_domain, AssuredLevel.Dane));
        Assert.True(_link.Forget(s_domain));
        Assert.Null(_link.Find(s_domain));
        Assert.Equal(1, _recorder.Heard(RecorderKind.Forget));
    }

    [Fact]
    public void What_was_longest_not_asked_for_makes_room()
    {
        var known = new KnownDomains(most: 3, mostBytes: 1000);
        DnsName[] names = [.. Enumerable.Range(0, 4).Select(i => DnsName.Read($"d{i}.example")!)];
        foreach (DnsName name in names[..3])
            known.Keep(new KnownDomains.Entry(name, null, true, 10));
        Assert.NotNull(known.Find(names[0]));
        known.Keep(new KnownDomains.Entry(names[3], null, true, 10));
        Assert.Null(known.Find(names[1]));
        Assert.NotNull(known.Find(names[0]));
        known.Keep(new KnownDomains.Entry(names[2], null, true, 995));
        Assert.Equal(1, known.Count);
        known.Keep(new KnownDomains.Entry(names[2], null, true, 1001));
        Assert.Equal(0, known.Count);
        known.Keep(new KnownDomains.Entry(names[2], null, true, 1000));
        Assert.Equal(1, known.Count);
    }

    [Fact]
    public void Threads_ask_at_the_same_time()
    {
        _recorder.Knows = Memory(s_domain, AssuredLevel.Dane);
        int wrong = 0;
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(t => new Thread(() =>
        {
            for (int i = 0; i < 200; i++)
            {
                DnsName name = DnsName.Read($"t{t}-{i % 20}.example.org")!;
                _link.Keep(Memory(name, AssuredLevel.MtaSts));
                if (_link.Find(name) is null)
                    _ = Interlocked.Increment(ref wrong);
            }
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        Assert.Equal(0, wrong);
    }

    private static DomainMemory Memory(DnsName domain, AssuredLevel level) => new(domain, s_at, s_at)
    {
        Ratchet = new RatchetMemory(domain) { Hosts = [new HostLevel(DnsName.Read("mx.example.org")!, level, s_at, s_at, "evidence")] },
    };

    /// <summary>A recorder that says what the test wants.</summary>
    private sealed class FalseRecorder : IDisposable
    {
        private readonly int _fd;
        private readonly Thread _thread;
        private readonly List<RecorderKind> _heard = [];
        private volatile DomainMemory? _late;
        private uint _lastFind;

        public FalseRecorder(out int theirs)
        {
            Assert.Equal(0, StreamSocket.Pair(messages: true, nonBlocking: false, out _fd, out theirs));

            // So that the thread looks up now and then, and ends with the test.
            StreamSocket.ReceiveTimeout(_fd, 20);
            _thread = new Thread(Serve) { IsBackground = true };
            _thread.Start();
        }

        public DomainMemory? Knows { get; set; }

        public bool IsAway { get; set; }

        public bool IsSilent { get; set; }

        private volatile bool _ends;

        public int Heard(RecorderKind kind)
        {
            lock (_heard)
                return _heard.Count(heard => heard == kind);
        }

        public void SayLate(DomainMemory memory)
        {
            _late = memory;
            WaitFor(() => _late is null);
        }

        public void WaitFor(Func<bool> condition)
        {
            long start = Stopwatch.GetTimestamp();
            while (!condition())
            {
                Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(60), "it did not come to that");
                Thread.Sleep(5);
            }
        }

        public void Dispose()
        {
            if (_ends)
                return;
            _ends = true;
            _thread.Join();
            Descriptor.Close(_fd);
        }

        private void Serve()
        {
            byte[] request = new byte[RecorderRequest.MaxSize + 1];
            byte[] answer = new byte[RecorderRequest.MaxAnswer];
            while (!_ends)
            {
                if (_late is { } late)
                {
                    int said = RecorderRequest.WriteAnswer(_lastFind, RecorderOutcome.Known, DomainMemoryText.Write(late), answer);
                    _ = StreamSocket.Send(_fd, answer.AsSpan(0, said));
                    _late = null;
                }

                int length = StreamSocket.Receive(_fd, request);
                if (length == 0)
                    return;
                if (length < 0 || !RecorderRequest.TryRead(request.AsSpan(0, length), out uint number, out RecorderKind kind))
                    continue;
                lock (_heard)
                    _heard.Add(kind);
                if (kind == RecorderKind.Find)
                    _lastFind = number;
                if (IsSilent || kind is RecorderKind.Keep or RecorderKind.Count)
                    continue;

                DomainMemory? knows = kind == RecorderKind.Find ? Knows : null;
                RecorderOutcome outcome = IsAway ? RecorderOutcome.Away : knows is null ? RecorderOutcome.Unknown : RecorderOutcome.Known;
                int written = RecorderRequest.WriteAnswer(number, outcome, knows is null ? [] : DomainMemoryText.Write(knows), answer);
                _ = StreamSocket.Send(_fd, answer.AsSpan(0, written));
            }
        }
    }
}
