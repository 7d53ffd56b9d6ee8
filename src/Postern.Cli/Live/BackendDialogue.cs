using System.Net;
using System.Net.Sockets;
using System.Text;
using Postern.Configuration;
using Postern.Configuration.Settings;
using Postern.Protocols;
using Postern.Protocols.ProxyProtocol;

namespace Postern.Cli.Live;

/// <summary>Connects to a backend as a gate would, hears its greeting, asks what it can do, and takes its leave.</summary>
internal static class BackendDialogue
{
    /// <summary>For each step. A backend that needs longer would be too slow for clients as well.</summary>
    private const int TimeoutMilliseconds = 5_000;

    private const int MaxLines = 200;

    public static Transcript Hold(GateSettings gate, ResolvedAddress address, string hostName)
    {
        using Socket socket = address.Path is null
            ? new Socket(SocketType.Stream, ProtocolType.Tcp)
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        EndPoint endPoint = address.Path is { } path
            ? new UnixDomainSocketEndPoint(path)
            : new IPEndPoint(IPAddress.Parse(address.Ip!), address.Port);
        if (Connect(socket, endPoint) is { } failed)
            return failed;

        List<string> greeting = [];
        List<string> capabilities = [];
        try
        {
            socket.ReceiveTimeout = socket.SendTimeout = TimeoutMilliseconds;
            using var stream = new NetworkStream(socket);
            stream.Write(Header(gate.ProxyProtocol));
            if (Script.Of(gate.Protocol, hostName) is not { } script)
                return new Transcript(DialogueEnd.Complete, [], []);
            if (!Read(stream, greeting, script.GreetingEnds))
                return new Transcript(DialogueEnd.NoGreeting, [.. greeting], []);
            if (script.Question.Length > 0)
            {
                stream.Write(Encoding.ASCII.GetBytes(script.Question));
                if (!Read(stream, capabilities, script.AnswerEnds))
                    return new Transcript(DialogueEnd.NoCapabilities, [.. greeting], [.. capabilities]);
            }

            stream.Write(Encoding.ASCII.GetBytes(script.Farewell));
            return new Transcript(DialogueEnd.Complete, [.. greeting], [.. capabilities]);
        }
        catch (IOException)
        {
            DialogueEnd end = capabilities.Count > 0 ? DialogueEnd.NoCapabilities : DialogueEnd.NoGreeting;
            return new Transcript(end, [.. greeting], [.. capabilities]);
        }
    }

    /// <summary>Null when it is connected.</summary>
    private static Transcript? Connect(Socket socket, EndPoint endPoint)
    {
        try
        {
            using var patience = new CancellationTokenSource(TimeoutMilliseconds);
            socket.ConnectAsync(endPoint, patience.Token).AsTask().GetAwaiter().GetResult();
            return null;
        }
        catch (OperationCanceledException)
        {
            return new Transcript(DialogueEnd.NoAnswer, [], []);
        }
        catch (SocketException e)
        {
            bool gone = endPoint is UnixDomainSocketEndPoint unix && !File.Exists(unix.ToString());
            DialogueEnd end = e.SocketErrorCode switch
            {
                SocketError.AccessDenied => DialogueEnd.PermissionDenied,
                _ when gone => DialogueEnd.NoSuchSocket,
                SocketError.ConnectionRefused => DialogueEnd.Refused,
                SocketError.TimedOut or SocketError.HostUnreachable or SocketError.NetworkUnreachable => DialogueEnd.NoAnswer,
                _ => DialogueEnd.OtherError,
            };
            return new Transcript(end, [], [], e.Message);
        }
    }

    private static byte[] Header(ProxyHeader version)
    {
        var writer = new ByteWriter(new byte[64]);
        if (version == ProxyHeader.V1)
            ProxyHeaderWriter.WriteV1Unknown(ref writer);
        else if (version == ProxyHeader.V2)
            ProxyHeaderWriter.WriteV2Local(ref writer);
        return writer.Written.ToArray();
    }

    /// <summary>Reads lines until one ends the answer; false when the other side closes or says too much.</summary>
    private static bool Read(NetworkStream stream, List<string> lines, Func<string, bool> ends)
    {
        while (lines.Count < MaxLines)
        {
            var line = new StringBuilder();
            int value;
            while ((value = stream.ReadByte()) is not ('\n' or -1) && line.Length < 4096)
                _ = line.Append((char)value);
            if (value != '\n')
                return false;
            lines.Add(line.ToString().TrimEnd('\r'));
            if (ends(lines[^1]))
                return true;
        }

        return false;
    }

    /// <summary>What is asked of each protocol, and how its answers end.</summary>
    private sealed record Script(
        Func<string, bool> GreetingEnds, string Question, Func<string, bool> AnswerEnds, string Farewell)
    {
        public static Script? Of(string protocol, string hostName) => protocol switch
        {
            "smtp" or "submission" => new Script(LastOfReply, $"EHLO {hostName}\r\n", LastOfReply, "QUIT\r\n"),
            "lmtp" => new Script(LastOfReply, $"LHLO {hostName}\r\n", LastOfReply, "QUIT\r\n"),
            "imap" => new Script(_ => true, "a CAPABILITY\r\n", line => line.StartsWith("a ", StringComparison.Ordinal), "b LOGOUT\r\n"),
            "pop3" => new Script(_ => true, "CAPA\r\n", line => line == "." || line.StartsWith("-ERR", StringComparison.Ordinal), "QUIT\r\n"),
            "sieve" => new Script(EndsSieve, "", _ => true, "LOGOUT\r\n"),
            _ => null,
        };

        private static bool LastOfReply(string line) => line.Length < 4 || line[3] != '-';

        private static bool EndsSieve(string line) =>
            line.StartsWith("OK", StringComparison.OrdinalIgnoreCase) || line.StartsWith("NO", StringComparison.OrdinalIgnoreCase)
            || line.StartsWith("BYE", StringComparison.OrdinalIgnoreCase);
    }
}
