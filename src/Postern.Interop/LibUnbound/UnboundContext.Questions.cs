using System.Diagnostics;
using System.Runtime.InteropServices;
using Postern.Interop.LibC;

namespace Postern.Interop.LibUnbound;

/// <summary>Questions and answers. Many are under way at a time; their answers come in any order.</summary>
public sealed unsafe partial class UnboundContext
{
    private const int ClassIn = 1;

    /// <summary>The context whose answers are being taken by this thread: the callback has no other way to it.</summary>
    [ThreadStatic]
    private static UnboundContext? t_taking;

    private readonly Dictionary<int, Action<UnboundReply>> _waiting = [];
    private int _lastNumber;

    /// <summary>Readable when <see cref="Take"/> has something to do; of the library, not to be closed.</summary>
    public int Descriptor => NativeUnbound.ub_fd(_context);

    /// <summary>How many questions have no answer yet.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>Asks. The answer comes within <see cref="Take"/>, once, unless it is no longer wanted.</summary>
    /// <param name="name">Absolute, without an escape.</param>
    /// <param name="type">The number of the record's type.</param>
    /// <param name="answered">Must not throw.</param>
    /// <returns>For <see cref="Forget"/>.</returns>
    public Inquiry Ask(string name, int type, Action<UnboundReply> answered)
    {
        int number = ++_lastNumber;
        int id = 0;
        int result;
        _waiting.Add(number, answered);
        fixed (byte* n = Bytes(name))
            result = NativeUnbound.ub_resolve_async(_context, n, type, ClassIn, (void*)(nint)number, &Answered, &id);
        if (result != 0)
        {
            _ = _waiting.Remove(number);
            answered(UnboundReply.Failed(Describe(result)));
        }

        return new Inquiry(number, id);
    }

    /// <summary>Its answer is no longer waited for.</summary>
    public void Forget(Inquiry inquiry)
    {
        if (_waiting.Remove(inquiry.Number))
            _ = NativeUnbound.ub_cancel(_context, inquiry.Id);
    }

    /// <summary>Takes all answers that are there; waits for none.</summary>
    public void Take()
    {
        t_taking = this;
        _ = NativeUnbound.ub_process(_context);
        t_taking = null;
    }

    /// <summary>Waits until every question has its answer.</summary>
    /// <returns>False when some have none by then.</returns>
    public bool WaitForAll(TimeSpan limit)
    {
        using var poll = new EventPoll(1);
        int watched = poll.Watch(Descriptor, PollEvents.In, 0);
        if (watched < 0)
            throw new InvalidOperationException("libunbound's descriptor cannot be watched: " + Errno.Describe(watched));

        long start = Stopwatch.GetTimestamp();
        while (_waiting.Count > 0)
        {
            TimeSpan left = limit - Stopwatch.GetElapsedTime(start);
            if (left <= TimeSpan.Zero)
                return false;
            if (poll.Wait((int)Math.Ceiling(left.TotalMilliseconds)) > 0)
                Take();
        }

        return true;
    }

    [UnmanagedCallersOnly]
    private static void Answered(void* data, int error, NativeResult* result)
    {
        try
        {
            if (t_taking is { } context && context._waiting.Remove((int)(nint)data, out Action<UnboundReply>? answered))
                answered(UnboundReply.Read(error, result));
        }
#pragma warning disable CA1031 // No exception may cross into C.
        catch (Exception)
#pragma warning restore CA1031
        {
            // The question has no answer, which is what its owner's time limit is for.
        }
        finally
        {
            // A callback's result is its own to free.
            if (result != null)
                NativeUnbound.ub_resolve_free(result);
        }
    }

    /// <summary>A question that is under way.</summary>
    [StructLayout(LayoutKind.Auto)]
    public readonly record struct Inquiry(int Number, int Id);
}
