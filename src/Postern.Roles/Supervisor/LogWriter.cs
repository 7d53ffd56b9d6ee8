using Postern.Interop.LibC;

namespace Postern.Roles.Supervisor;

/// <summary>
/// Writes the log on a thread of its own: a terminal that was stopped, a full pipe or a journald that hangs must stop
/// nobody but it. What piles up beyond a bound is dropped, counted, and said when writing goes on.
/// </summary>
/// <param name="write">Writes one piece, however long that takes.</param>
/// <param name="lost">An entry that says how many bytes were dropped.</param>
internal sealed class LogWriter(Action<byte[]> write, Func<long, byte[]> lost)
{
    /// <summary>Some ten thousand connections.</summary>
    private const int MaxWaiting = 4 * 1024 * 1024;

    /// <summary>How long the end of posternd waits for a reader.</summary>
    private static readonly TimeSpan s_lastPatience = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly Queue<byte[]> _waiting = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly ManualResetEventSlim _ended = new();
    private Thread? _thread;
    private long _bytes;
    private long _dropped;
    private bool _closing;

    public void Add(ReadOnlySpan<byte> piece)
    {
        if (piece.IsEmpty)
            return;

        lock (_gate)
        {
            if (_closing || _bytes + piece.Length > MaxWaiting)
            {
                _dropped += piece.Length;
                return;
            }

            _waiting.Enqueue(piece.ToArray());
            _bytes += piece.Length;
            if (_thread is null)
            {
                _thread = new Thread(Run) { IsBackground = true };
                _thread.Start();
            }
        }

        _ = _wake.Release();
    }

    /// <summary>Writes what waits, as long as somebody takes it. Nothing is added after this.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closing = true;
            if (_thread is null)
                return;
        }

        _ = _wake.Release();
        _ = _ended.Wait(s_lastPatience);
    }

    private void Run()
    {
        while (true)
        {
            _wake.Wait();
            byte[]? piece;
            long dropped;
            lock (_gate)
            {
                if (!_waiting.TryDequeue(out piece))
                    break;

                // Said behind what waited when it was dropped, and once for all of it.
                _bytes -= piece.Length;
                dropped = _waiting.Count == 0 ? _dropped : 0;
                _dropped -= dropped;
            }

            write(piece);
            if (dropped > 0)
                write(lost(dropped));
        }

        _ended.Set();
    }
}
