using Postern.Interop.LibC;
using Postern.Interop.LibSsl.Keys;
using Postern.Roles.KeyAgent;

namespace Postern.Roles.Worker;

/// <summary>
/// The worker's way to the key agent. A signature is waited for: it is processor time, only another process's, and a
/// worker has one core's worth of it.
/// </summary>
internal sealed class KeyAgentLink : IKeyAgent
{
    /// <summary>RSA-4096 takes some milliseconds; an agent that takes this long is as good as dead.</summary>
    private const int TimeoutMilliseconds = 5_000;

    private int _fd;
    private int _owed;

    public KeyAgentLink(int fd)
    {
        _fd = fd;
        StreamSocket.ReceiveTimeout(fd, TimeoutMilliseconds);
    }

    /// <summary>The key agent died, and this leads to its successor.</summary>
    public void Replace(int successor)
    {
        Descriptor.Close(_fd);
        _fd = successor;
        _owed = 0;
        StreamSocket.ReceiveTimeout(successor, TimeoutMilliseconds);
    }

    public int Sign(int key, SignatureScheme scheme, ReadOnlySpan<byte> message, Span<byte> signature)
    {
        Span<byte> request = stackalloc byte[SigningRequest.MaxSize];
        int length = SigningRequest.Write(key, scheme, message, request);
        if (length == 0 || StreamSocket.Send(_fd, request[..length]) != length)
            return 0;

        // Each request has one answer, in order: those to requests that were given up come first.
        _owed++;
        Span<byte> answer = stackalloc byte[SigningRequest.MaxAnswer];
        int answered = 0;
        while (_owed > 0)
        {
            answered = StreamSocket.Receive(_fd, answer);
            if (answered == -Errno.Interrupted)
                continue;
            if (answered <= 0)
                return 0;
            _owed--;
        }

        if (answered <= 1 || answer[0] != (byte)SigningOutcome.Signed || answered - 1 > signature.Length)
            return 0;

        answer[1..answered].CopyTo(signature);
        return answered - 1;
    }
}
