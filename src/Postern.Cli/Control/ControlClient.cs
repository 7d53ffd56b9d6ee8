using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Postern.Configuration;
using Postern.Configuration.Control;

namespace Postern.Cli.Control;

/// <summary>Asks a running posternd (docs/protocol/control.md).</summary>
internal static class ControlClient
{
    /// <summary>A reload ends when the new workers accept; that takes as long as their certificates take to load.</summary>
    private const int TimeoutMilliseconds = 60_000;

    /// <summary>Where the socket is: as said, as the configuration says, else the default place.</summary>
    public static string FindSocket(string? control, string? file)
    {
        if (control is not null)
            return control;
        return file is not null && ConfigurationFile.Read(file).Settings is { } settings
            ? settings.Server.Control
            : Commands.Options.DefaultControl;
    }

    /// <summary>The answer; null and a sentence when nobody answers.</summary>
    public static ControlReply? Ask(string path, string command, out string problem)
    {
        problem = "";
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.ReceiveTimeout = socket.SendTimeout = TimeoutMilliseconds;
            socket.Connect(new UnixDomainSocketEndPoint(path));
            byte[] request = JsonSerializer.SerializeToUtf8Bytes(new ControlRequest(command), ControlJson.Default.ControlRequest);
            _ = socket.Send([.. request, (byte)'\n']);
            string reply = ReadToEnd(socket);
            if (JsonSerializer.Deserialize(reply, ControlJson.Default.ControlReply) is { } answer)
                return answer;
            problem = $"{path} answered with something that is no answer";
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.AddressNotAvailable
            || !File.Exists(path))
        {
            problem = $"posternd does not answer at {path}: it is not running, or its control socket is elsewhere (-c FILE, --control PATH)";
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AccessDenied)
        {
            problem = $"{path}: permission denied; only root and the user that posternd was started by may ask";
        }
        catch (Exception e) when (e is SocketException or JsonException or ArgumentException)
        {
            problem = $"{path}: {e.Message}";
        }

        return null;
    }

    private static string ReadToEnd(Socket socket)
    {
        var text = new StringBuilder();
        byte[] buffer = new byte[16 * 1024];
        int count;
        while ((count = socket.Receive(buffer)) > 0)
            _ = text.Append(Encoding.UTF8.GetString(buffer, 0, count));
        return text.ToString();
    }
}
