using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Postern.Configuration;

namespace Postern.Cli.Live;

/// <summary>Connects to a backend and asks an inspector's questions. All that is thought about the answers is the inspector's.</summary>
internal static class BackendDialogue
{
    /// <summary>For the connection, and for each reply.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>A greeting and the extensions are a thousandth of this; a backend that says more says something else.</summary>
    private const int MaxSaid = 256 * 1024;

    /// <summary>What was said; the exception's error code is why there was no connection.</summary>
    /// <param name="address">Where it is.</param>
    /// <param name="header">Makes the PROXY header, if any, from our end of the connection.</param>
    /// <param name="inspector">Whose questions are asked; null: none.</param>
    /// <param name="hostName">The name that we greet with.</param>
    /// <exception cref="SocketException">No connection, or none in time (<see cref="SocketError.TimedOut"/>).</exception>
    public static async Task<Transcript> Hold(ResolvedAddress address, Func<IPEndPoint?, byte[]> header, BackendInspector? inspector, string hostName)
    {
        using Socket socket = await Connect(address);
        var said = new StringBuilder();
        ImmutableArray<string>.Builder replies = ImmutableArray.CreateBuilder<string>();
        try
        {
            await socket.SendAsync(header(socket.LocalEndPoint as IPEndPoint));
            if (inspector is null)
                return new Transcript([], TranscriptEnd.Complete);

            foreach (string question in inspector.Questions(hostName).Prepend(""))
            {
                if (replies.Count > 0)
                    await socket.SendAsync(Encoding.Latin1.GetBytes(question + "\r\n"));
                if (await ReadReply(socket, inspector, replies.Count, said) is not { } reply)
                    return new Transcript(replies.ToImmutable(), TranscriptEnd.Foreign, said.ToString());
                replies.Add(reply);
            }

            await socket.SendAsync(Encoding.Latin1.GetBytes(inspector.Farewell + "\r\n"));
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

    public static async Task<Socket> Connect(ResolvedAddress address)
    {
        EndPoint endPoint = address.Path is { } path ? new UnixDomainSocketEndPoint(path) : new IPEndPoint(IPAddress.Parse(address.Ip!), address.Port);
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await socket.ConnectAsync(endPoint, patience.Token);
            return socket;
        }
        catch (OperationCanceledException)
        {
            socket.Dispose();
            throw new SocketException((int)SocketError.TimedOut);
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Null when what came is not the protocol.</summary>
    private static async Task<string?> ReadReply(Socket socket, BackendInspector inspector, int number, StringBuilder said)
    {
        using var patience = new CancellationTokenSource(Patience);
        byte[] buffer = new byte[8 * 1024];
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

            int count = await socket.ReceiveAsync(buffer, patience.Token);
            if (count == 0)
                throw new SocketException((int)SocketError.ConnectionReset);
            said.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }
    }
}
