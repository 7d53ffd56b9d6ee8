using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Postern.Configuration;

namespace Postern.Cli.Live;

/// <summary>Asks a backend an inspector's questions. All that is thought about the answers is the inspector's.</summary>
internal static class BackendDialogue
{
    /// <summary>A greeting and the extensions are a thousandth of this; a backend that says more says something else.</summary>
    private const int MaxSaid = 256 * 1024;

    /// <summary>Connects, and asks in the clear.</summary>
    /// <param name="address">Where it is.</param>
    /// <param name="header">Makes the PROXY header, if any, from our end of the connection.</param>
    /// <param name="inspector">Whose questions are asked; null: none.</param>
    /// <param name="hostName">The name that we greet with.</param>
    /// <exception cref="SocketException">No connection, or none in time (<see cref="SocketError.TimedOut"/>).</exception>
    public static async Task<Transcript> Hold(ResolvedAddress address, Func<IPEndPoint?, byte[]> header, BackendInspector? inspector, string hostName)
    {
        using BackendConnection connection = await BackendConnection.Open(address);
        try
        {
            await connection.Send(header(connection.Own));
        }
        catch (SocketException)
        {
            return new Transcript([], TranscriptEnd.Closed);
        }

        return inspector is null ? new Transcript([], TranscriptEnd.Complete) : await Ask(connection, inspector, hostName);
    }

    /// <summary>Asks on a connection that stands.</summary>
    /// <param name="connection">In the clear, or inside TLS.</param>
    /// <param name="inspector">Whose questions are asked.</param>
    /// <param name="hostName">The name that we greet with.</param>
    /// <param name="greeting">What it greeted with already, before STARTTLS; null: its greeting is still to come.</param>
    public static async Task<Transcript> Ask(BackendConnection connection, BackendInspector inspector, string hostName, string? greeting = null)
    {
        var said = new StringBuilder();
        ImmutableArray<string>.Builder replies = ImmutableArray.CreateBuilder<string>();
        try
        {
            foreach (string question in inspector.Questions(hostName).Prepend(""))
            {
                if (replies.Count == 0 && greeting is not null)
                {
                    replies.Add(greeting);
                    continue;
                }

                if (replies.Count > 0)
                    await connection.Send(Encoding.Latin1.GetBytes(question + "\r\n"));
                if (await ReadReply(connection, inspector, replies.Count, said) is not { } reply)
                    return new Transcript(replies.ToImmutable(), TranscriptEnd.Foreign, said.ToString());
                replies.Add(reply);
            }

            await connection.Send(Encoding.Latin1.GetBytes(inspector.Farewell + "\r\n"));
            return new Transcript(replies.ToImmutable(), TranscriptEnd.Complete, said.ToString());
        }
        catch (OperationCanceledException)
        {
            return new Transcript(replies.ToImmutable(), TranscriptEnd.Silent, said.ToString());
        }
        catch (SocketException)
        {
            return new Transcript(replies.ToImmutable(), TranscriptEnd.Closed, said.ToString());
        }
    }

    /// <summary>Null when what came is not the protocol.</summary>
    private static async Task<string?> ReadReply(BackendConnection connection, BackendInspector inspector, int number, StringBuilder said)
    {
        using var patience = new CancellationTokenSource(BackendConnection.Patience);
        while (true)
        {
            string unread = said.ToString();
            int length = inspector.ReplyLength(unread, number);
            if (length > 0)
            {
                said.Remove(0, length);
                return unread[..length];
            }

            if (length < 0 || unread.Length > MaxSaid)
                return null;

            ReadOnlyMemory<byte> received = await connection.Receive(patience.Token);
            if (received.IsEmpty)
                throw new SocketException((int)SocketError.ConnectionReset);
            said.Append(Encoding.Latin1.GetString(received.Span));
        }
    }
}
