using System.Security.Cryptography;
using Postern.Interop.LibC;
using Postern.Interop.LibSsl.Keys;
using Postern.Interop.LibSsl.Tickets;
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
    private uint _number;

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
        StreamSocket.ReceiveTimeout(successor, TimeoutMilliseconds);
    }

    public int Sign(int key, SignatureScheme scheme, ReadOnlySpan<byte> message, Span<byte> signature)
    {
        Span<byte> request = stackalloc byte[AgentRequest.MaxSize];
        int length = SigningRequest.Write(key, scheme, message, request[AgentRequest.HeaderSize..]);
        if (length == 0)
            return 0;

        Span<byte> answer = stackalloc byte[AgentRequest.MaxAnswer];
        int signed = Ask(RequestKind.Sign, request[..(AgentRequest.HeaderSize + length)], answer);
        if (signed > signature.Length)
            return 0;

        answer.Slice(AgentRequest.AnswerHeaderSize, signed).CopyTo(signature);
        return signed;
    }

    /// <summary>The ticket keys of a gate and route (−1: its own backend) for a slice of time; false when there are none to be had.</summary>
    public bool TicketKeys(int gate, int route, long slice, Span<byte> keys)
    {
        Span<byte> request = stackalloc byte[AgentRequest.HeaderSize + TicketRequest.Size];
        new TicketRequest(gate, route, slice).Write(request[AgentRequest.HeaderSize..]);
        Span<byte> answer = stackalloc byte[AgentRequest.MaxAnswer];
        Span<byte> given = answer.Slice(AgentRequest.AnswerHeaderSize, TicketKeySet.Size);
        bool ok = Ask(RequestKind.TicketKeys, request, answer) == TicketKeySet.Size;
        if (ok)
            given.CopyTo(keys);
        CryptographicOperations.ZeroMemory(given);
        return ok;
    }

    /// <summary>Asks, and waits for the answer to this and no other request: the length of what was asked for, or 0.</summary>
    private int Ask(RequestKind kind, Span<byte> request, Span<byte> answer)
    {
        AgentRequest.WriteHeader(++_number, kind, request);
        if (StreamSocket.Send(_fd, request) != request.Length)
            return 0;

        // Answers to requests that were given up come first; there are no more of them than requests.
        while (true)
        {
            int length = StreamSocket.Receive(_fd, answer);
            if (length == -Errno.Interrupted)
                continue;
            if (length <= 0)
                return 0;
            if (AgentRequest.TryReadAnswer(answer[..length], _number, out AgentOutcome outcome))
                return outcome == AgentOutcome.Done ? length - AgentRequest.AnswerHeaderSize : 0;
        }
    }
}
