using System.Diagnostics;
using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Postern.EndToEnd.Rigs;

/// <summary>A client of XMPP inside TLS, and what binds a log-in to that TLS: found by the client's own TLS, not by Postern's.</summary>
internal sealed class BoundSession : IDisposable
{
    private readonly IDisposable _below;

    private BoundSession(XmppSession xmpp, string name, byte[] binding, IDisposable below)
    {
        Xmpp = xmpp;
        Name = name;
        Binding = binding;
        _below = below;
    }

    public XmppSession Xmpp { get; }

    /// <summary>tls-server-end-point or tls-exporter.</summary>
    public string Name { get; }

    public byte[] Binding { get; }

    /// <summary>.NET's TLS, at once; RFC 5929 §4.1: the SHA-256 of the certificate, which is signed with SHA-256.</summary>
    public static BoundSession ByEndPoint(int port, string domain)
    {
        var tcp = new TcpClient("127.0.0.1", port);
        var tls = new SslStream(tcp.GetStream(), leaveInnerStreamOpen: false, (_, _, _, _) => true);
        tls.AuthenticateAsClient(domain);
        byte[] binding = SHA256.HashData(tls.RemoteCertificate!.GetRawCertData());
        return new BoundSession(new XmppSession(tls, tls, domain), "tls-server-end-point", binding, tcp);
    }

    /// <summary>
    /// OpenSSL's command, after STARTTLS; RFC 9266 §2: it prints the exported value. In TLS 1.3: it exports without a context,
    /// which there is the same as the empty one of the RFC, and in TLS 1.2 is not (RFC 5705 §4).
    /// </summary>
    /// <param name="port">On loopback.</param>
    /// <param name="domain">The stream's to.</param>
    public static BoundSession ByExporter(int port, string domain)
    {
        string to = "localhost:" + port.ToString(CultureInfo.InvariantCulture);
        Process process = Process.Start(new ProcessStartInfo(
            "openssl",
            [
                "s_client", "-connect", to, "-starttls", "xmpp", "-xmpphost", domain, "-tls1_3",
                "-keymatexport", "EXPORTER-Channel-Binding", "-keymatexportlen", "32",
            ])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        var xmpp = new XmppSession(process.StandardOutput.BaseStream, process.StandardInput.BaseStream, domain);
        byte[] binding = Convert.FromHexString(xmpp.Take("Keying material: ([0-9A-F]{64})\n").Groups[1].Value);
        return new BoundSession(xmpp, "tls-exporter", binding, new Killed(process));
    }

    /// <summary>A log-in of alice's that is bound with these bytes.</summary>
    public ScramClient Bound(byte[] binding) => new("alice", ProsodyRig.Password, $"p={Name},,", binding);

    public void Dispose()
    {
        Xmpp.Dispose();
        _below.Dispose();
    }

    private sealed class Killed(Process process) : IDisposable
    {
        public void Dispose()
        {
            if (!process.HasExited)
                process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
    }
}
