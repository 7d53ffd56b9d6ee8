using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Postern.Interop.LibC;

namespace Postern.Cli.Demo;

/// <summary>The ports of the demo's four gates.</summary>
internal sealed record DemoGates(int SmtpStartTls, int SubmissionTls, int ImapTls, int ImapStartTls)
{
    /// <summary>Ports that are free now. Another program could take one before posternd does; posternd would say so.</summary>
    public static DemoGates OnFreePorts()
    {
        ImmutableArray<Socket> sockets = [.. Enumerable.Range(0, 4).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))];
        foreach (Socket socket in sockets)
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        int[] ports = [.. sockets.Select(socket => ((IPEndPoint)socket.LocalEndPoint!).Port)];
        foreach (Socket socket in sockets)
            socket.Dispose();
        return new DemoGates(ports[0], ports[1], ports[2], ports[3]);
    }
}

/// <summary>The configuration that the demo's posternd runs with: what an operator would write.</summary>
internal static class DemoConfiguration
{
    private const string OwnUser = "postern";

    private const string OwnKeyUser = "postern-keys";

    /// <summary>Everywhere on Debian; their rights are none.</summary>
    private const string AnyUser = "nobody";
    private const string AnyKeyUser = "daemon";

    public static string Text(DemoGates gates, int smtp, int submission, int imap) => $"""
        [server]
        workers  = 1
        control  = "control.sock"
        hostname = "localhost"
        user     = "{(Privilege.FindUser(OwnUser) is null ? AnyUser : OwnUser)}"
        key-user = "{(Privilege.FindUser(OwnKeyUser) is null ? AnyKeyUser : OwnKeyUser)}"

        [certificate.demo]
        chain = "chain.pem"
        key   = "key.pem"

        {Gate("smtp", "smtp", "starttls", gates.SmtpStartTls, smtp)}

        {Gate("submissions", "submission", "implicit", gates.SubmissionTls, submission)}

        {Gate("imaps", "imap", "implicit", gates.ImapTls, imap)}

        {Gate("imap", "imap", "starttls", gates.ImapStartTls, imap)}

        """;

    private static string Gate(string name, string protocol, string tls, int port, int backend) => $"""
        [[gate]]
        name        = "{name}"
        protocol    = "{protocol}"
        listen      = ["127.0.0.1:{port}"]
        tls         = "{tls}"
        certificate = ["demo"]
        backend     = "127.0.0.1:{backend}"
        """;
}
