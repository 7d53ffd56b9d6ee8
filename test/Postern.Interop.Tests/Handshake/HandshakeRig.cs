using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Postern.Interop.LibSsl;
using Postern.Interop.LibSsl.Tickets;
using Xunit;

namespace Postern.Interop.Tests.Handshake;

/// <summary>A server's TLS with certificates of its own, and channels of it that talk through wires of the test.</summary>
internal sealed class HandshakeRig : IServerNameChooser, ITicketKeySource
{
    private static readonly TlsCertificate s_ec = Ec(ECCurve.NamedCurves.nistP256);
    private static readonly TlsCertificate s_p384 = Ec(ECCurve.NamedCurves.nistP384);
    private static readonly TlsCertificate s_rsa = Rsa();

    public HandshakeRig(string kinds = "P-256", bool tickets = true, byte policy = 1, string[]? alpn = null, int lifetime = 3600)
    {
        Server = TlsServer.Create(
            new TlsServerSettings
            {
                SessionPolicy = [.. Enumerable.Repeat(policy, 32)],
                CertificateSets = [[.. kinds.Split('+').Select(Of)]],
                ServerNames = this,
                Alpn = [.. alpn ?? []],
                StrictAlpn = false,
                Tls13Only = false,
                ClientCertificates = ClientCertificateMode.None,
                Tickets = tickets ? this : null,
                TicketLifetime = lifetime,
            },
            out string problem) ?? throw new InvalidOperationException(problem);
        Assert.True(Server.HasOwnHandshake);
    }

    public TlsServer Server { get; }

    public static TlsCertificate Of(string kind) => kind switch { "P-256" => s_ec, "P-384" => s_p384, _ => s_rsa };

    public ServerNameChoice Choose(ReadOnlySpan<char> serverName) => serverName.StartsWith("nobody") ? new(-1, -1) : new(0, -1);

    public bool TryGet(int route, long slice, Span<byte> keys)
    {
        keys.Fill((byte)(slice + 1));
        return true;
    }

    /// <summary>Puts bytes on the wire and lets the channel go on. What it says.</summary>
    public static (TlsStatus Status, byte[] Said) Step(TlsChannel channel, TlsWire wire, ReadOnlySpan<byte> bytes)
    {
        // As the engine does between two turns.
        byte[] kept = wire.Unread.ToArray();
        wire.Clear();
        kept.CopyTo(wire.Space);
        wire.Received(kept.Length);
        bytes.CopyTo(wire.Space);
        wire.Received(bytes.Length);
        TlsStatus status = channel.Handshake();
        return (status, wire.Outgoing.ToArray());
    }

    private static TlsCertificate Ec(ECCurve curve)
    {
        using var key = ECDsa.Create(curve);
        return Finish(new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256), key.ExportPkcs8PrivateKeyPem());
    }

    private static TlsCertificate Rsa()
    {
        using var key = RSA.Create(2048);
        return Finish(new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), key.ExportPkcs8PrivateKeyPem());
    }

    private static TlsCertificate Finish(CertificateRequest request, string key)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        return new TlsCertificate(Encoding.ASCII.GetBytes(certificate.ExportCertificatePem()), Encoding.ASCII.GetBytes(key));
    }
}
