using System.Net.Sockets;
using System.Text.Json;
using Postern.Cli.Output;
using Postern.Configuration.Control;

namespace Postern.Cli.Control;

/// <summary>Asks the supervisor one thing (docs/protocol/control.md).</summary>
internal static class ControlClient
{
    public const string DefaultPath = "/run/postern/control.sock";

    /// <summary>A status of 256 gates with all their outcomes is a twentieth of this.</summary>
    private const int MaxReply = 16 * 1024 * 1024;

    /// <summary>sun_path, less the closing NUL.</summary>
    private const int MaxPath = 107;

    /// <summary>The answer; or null, and the sentence that says why there is none.</summary>
    /// <param name="path">The socket.</param>
    /// <param name="command"><c>status</c> or <c>reload</c>.</param>
    /// <param name="patience">How long the answer may take; null: as long as it takes, as a reload's does.</param>
    /// <param name="wrong">Why there is no answer.</param>
    public static ControlReply? Ask(string path, string command, TimeSpan? patience, out string wrong) => Ask(path, new ControlRequest(command), patience, out wrong);

    /// <inheritdoc cref="Ask(string, string, TimeSpan?, out string)"/>
    /// <param name="request">What is asked.</param>
    public static ControlReply? Ask(string path, ControlRequest request, TimeSpan? patience, out string wrong)
    {
        string shown = PeerText.Escape(path);
        if (System.Text.Encoding.UTF8.GetByteCount(path) is 0 or > MaxPath)
        {
            wrong = $"'{shown}' is not the path of a socket: it must have 1 to {MaxPath} bytes";
            return null;
        }

        try
        {
            wrong = "";
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            if (patience is { } time)
                socket.ReceiveTimeout = socket.SendTimeout = (int)time.TotalMilliseconds;
            socket.Connect(new UnixDomainSocketEndPoint(path));
            SendAll(socket, [.. JsonSerializer.SerializeToUtf8Bytes(request, ControlJson.Default.ControlRequest), (byte)'\n']);
            return Parse(Receive(socket), out wrong);
        }
        catch (SocketException failure)
        {
            wrong = failure.SocketErrorCode switch
            {
                // ENOENT has no SocketError of its own; .NET says AddressNotAvailable.
                SocketError.ConnectionRefused or SocketError.AddressNotAvailable or SocketError.InvalidArgument =>
                    $"nobody answers at {shown}: is posternd running? If its control socket is elsewhere, name it by --control PATH, or its configuration by -c FILE",
                SocketError.AccessDenied =>
                    $"the control socket {shown} may be opened by the user who started posternd and by root only; you are {Environment.UserName}",
                SocketError.TimedOut or SocketError.WouldBlock => $"posternd does not answer at {shown}",
                _ => $"{shown}: {failure.Message}",
            };
            return null;
        }
    }

    private static void SendAll(Socket socket, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[socket.Send(bytes)..];
    }

    private static byte[] Receive(Socket socket)
    {
        using var reply = new MemoryStream();
        byte[] buffer = new byte[64 * 1024];
        while (reply.Length <= MaxReply)
        {
            int count = socket.Receive(buffer);
            if (count == 0)
                break;
            reply.Write(buffer, 0, count);
            if (buffer[count - 1] == '\n')
                break;
        }

        return reply.ToArray();
    }

    private static ControlReply? Parse(byte[] json, out string wrong)
    {
        wrong = json.Length == 0
            ? "posternd closed the control socket without an answer"
            : "posternd's answer cannot be read: are postern and posternd of the same version?";
        try
        {
            return JsonSerializer.Deserialize(json, ControlJson.Default.ControlReply);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
