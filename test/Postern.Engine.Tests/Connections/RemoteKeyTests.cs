using System.Collections.Concurrent;
using System.Security.Authentication;
using System.Text;
using Postern.Engine.Gates;
using Postern.Engine.Tests.Rig;
using Postern.Interop.LibSsl;
using Postern.Interop.LibSsl.Keys;
using Postern.Protocols;
using Xunit;

namespace Postern.Engine.Tests.Connections;

/// <summary>Handshakes whose signatures come from elsewhere: every kind of key, both versions of TLS.</summary>
public sealed class RemoteKeyTests
{
    private static readonly Agent s_agent = new();

    public static TheoryData<string, SslProtocols, SignatureScheme> Kinds() => new()
    {
        { "P-256", SslProtocols.Tls13, SignatureScheme.EcdsaSha256 },
        { "P-256", SslProtocols.Tls12, SignatureScheme.EcdsaSha256 },
        { "P-384", SslProtocols.Tls13, SignatureScheme.EcdsaSha384 },
        { "P-384", SslProtocols.Tls12, SignatureScheme.None },
        { "RSA", SslProtocols.Tls13, SignatureScheme.RsaPssSha256 },
        { "RSA", SslProtocols.Tls12, SignatureScheme.RsaPssSha256 },
        { "ED25519", SslProtocols.Tls13, SignatureScheme.Ed25519 },
    };

    /// <param name="kind">Of key.</param>
    /// <param name="version">Of TLS.</param>
    /// <param name="scheme">What the agent must be asked for; none: the client's preference among hashes decides.</param>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_handshake_is_signed_elsewhere(string kind, SslProtocols version, SignatureScheme scheme)
    {
        Assert.Equal("", KeyProvider.Load(s_agent));
        NamedCertificate certificate = TestCertificates.Of(kind);
        int number = s_agent.Add(SigningKey.FromPem(certificate.Pem.KeyPem)!);
        using var rig = new GateRig(new GateOptions
        {
            Protocol = "imap",
            Tls = TlsMode.Implicit,
            Certificates = [certificate with { Pem = new TlsCertificate(certificate.Pem.ChainPem, number) }],
        });

        using WireClient client = rig.Connect();
        Assert.StartsWith("220 backend", client.StartTls(protocols: version).ReadLine(), StringComparison.Ordinal);
        (SignatureScheme asked, byte[] message) = Assert.Single(s_agent.Asked(number));
        if (scheme != SignatureScheme.None)
            Assert.Equal(scheme, asked);
        if (version == SslProtocols.Tls13)
            Assert.Contains("TLS 1.3, server CertificateVerify", Encoding.Latin1.GetString(message), StringComparison.Ordinal);
        else
            Assert.Equal(3, message[64]);
    }

    [Fact]
    public void No_signature_is_a_failed_handshake_and_no_more()
    {
        Assert.Equal("", KeyProvider.Load(s_agent));
        NamedCertificate certificate = TestCertificates.Of("P-256");
        int number = s_agent.Add(null);
        using var rig = new GateRig(new GateOptions
        {
            Protocol = "imap",
            Tls = TlsMode.Implicit,
            Certificates = [certificate with { Pem = new TlsCertificate(certificate.Pem.ChainPem, number) }],
        });
        using WireClient client = rig.Connect();
        _ = Assert.ThrowsAny<Exception>(() => client.StartTls());
        Assert.Equal("handshake-failed", rig.NextOutcome());
    }

    /// <summary>Signs at once, and remembers what it was asked.</summary>
    private sealed class Agent : IKeyAgent
    {
        private readonly List<SigningKey?> _keys = [];
        private readonly ConcurrentQueue<(int Key, SignatureScheme Scheme, byte[] Message)> _asked = new();

        public int Add(SigningKey? key)
        {
            lock (_keys)
            {
                _keys.Add(key);
                return _keys.Count - 1;
            }
        }

        public (SignatureScheme Scheme, byte[] Message)[] Asked(int key) =>
            [.. _asked.Where(asked => asked.Key == key).Select(asked => (asked.Scheme, asked.Message))];

        public int Sign(int key, SignatureScheme scheme, ReadOnlySpan<byte> message, Span<byte> signature)
        {
            _asked.Enqueue((key, scheme, message.ToArray()));
            return _keys[key]?.Sign(scheme, message, signature) ?? 0;
        }
    }
}
