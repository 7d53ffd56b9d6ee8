using Postern.Interop.LibC;

namespace Postern.Roles.Supervisor;

/// <summary>What a worker hands over of its log: passed on in whole entries, so that those of two workers do not mix.</summary>
/// <param name="fd">Does not block.</param>
/// <param name="pid">Whose log it is.</param>
/// <param name="sink">Where it goes.</param>
public sealed class WorkerLog(int fd, int pid, LogSink sink)
{
    /// <summary>Read at once; no entry is nearly as long.</summary>
    private const int Chunk = 64 * 1024;

    private readonly byte[] _buffer = new byte[2 * Chunk];
    private int _length;

    public int Fd { get; } = fd;

    /// <summary>False when there is nothing to read now.</summary>
    public bool Read()
    {
        int count = StreamSocket.Receive(Fd, _buffer.AsSpan(_length, Chunk));
        if (count <= 0)
            return count == -Errno.Interrupted;

        _length += count;
        int whole = sink.WriteEntries(_buffer.AsSpan(0, _length));
        if (whole == 0 && _length >= Chunk)
        {
            // None of ours: somebody else writes in the worker's place.
            whole = _length;
            sink.Say(4, "problem", $"{whole} bytes of worker {pid}'s log were dropped: no entry is that long");
        }

        _buffer.AsSpan(whole, _length - whole).CopyTo(_buffer);
        _length -= whole;
        return true;
    }
}
