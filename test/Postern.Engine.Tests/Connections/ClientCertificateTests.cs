using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Postern.Engine.Tests.Rig;
using Postern.Interop.LibSsl;
using Postern.Protocols;
using Xunit;

namespace Postern.Engine.Tests.Connections;

/// <summary>Client certificates: who is verified, and who of those is let in.</summary>
public sealed class ClientCertificateTests
{
    private static readonly X509Certificate2 s_client = ServerCertificates.Of("client");

    [Fact]
    public void Who_is_on_the_list_by_any_of_its_names_or_by_its_fingerprint_is_let_in()
    {
        foreach (ClientIdentity identity in (ReadOnlySpan<ClientIdentity>)
        [
            new(ClientIdentityKind.Dns, "CLIENT.example.test"),
            new(ClientIdentityKind.Email, "alice@EXAMPLE.test"),
            new(ClientIdentityKind.Fingerprint, s_client.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant()),
        ])
        {
            Assert.StartsWith("220 ", Greeting(identity, s_client), StringComparison.Ordinal);
        }
    }

    /// <summary>Without ClientVerifyCallback each of them would be let in: the authority has signed them all.</summary>
    [Fact]
    public void Who_is_not_is_refused_in_the_handshake_though_the_authority_has_signed()
    {
        foreach (ClientIdentity identity in (ReadOnlySpan<ClientIdentity>)
        [
            new(ClientIdentityKind.Dns, "example.test"),
            new(ClientIdentityKind.Dns, "alice@example.test"),
            new(ClientIdentityKind.Email, "ALICE@example.test"),
            new(ClientIdentityKind.Email, "@example.test"),
            new(ClientIdentityKind.Uri, "client.example.test"),
            new(ClientIdentityKind.Address, "127.0.0.1"),
            new(ClientIdentityKind.Fingerprint, new string('0', 64)),
        ])
        {
            Assert.Contains("not on the list of client-allow", Refusal(identity, s_client), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void And_who_is_on_the_list_and_does_not_verify_is_refused_for_that()
    {
        var name = new ClientIdentity(ClientIdentityKind.Dns, "client.example.test");
        Assert.Contains("certificate has expired", Refusal(name, ServerCertificates.Of("client expired")), StringComparison.Ordinal);
        Assert.Contains("self-signed", Refusal(name with { Value = ServerCertificates.Name }, ServerCertificates.Of("self-signed")), StringComparison.Ordinal);
    }

    /// <summary>
    /// Between XMPP servers who connects is a server, with a certificate that public authorities sign for servers alone. Taken
    /// out: SSL_CTX_set_purpose in TlsServer (it is then refused as of no use to a client).
    /// </summary>
    [Theory]
    [InlineData("xmpp-server", "right", true)]
    [InlineData("xmpp-server", "client", true)]
    [InlineData("xmpp-server", "expired", false)]
    [InlineData("xmpp-server", "unknown root", false)]
    [InlineData("xmpp-client", "client", true)]
    [InlineData("xmpp-client", "right", false)]
    public void A_server_that_connects_may_show_its_certificate_as_one(string protocol, string kind, bool accepted)
    {
        using X509Certificate2 certificate = ServerCertificates.Of(kind);
        using var rig = new GateRig(
            new GateOptions
            {
                Protocol = protocol, Tls = TlsMode.Implicit, ProxyOut = Gates.ProxyOut.V2, ClientCertificates = ClientCertificateMode.Request,
            },
            new Backend("", _ => "<stream:features/>"));
        using (WireClient client = rig.Connect().StartTls(certificate: certificate))
        {
            client.Say("<stream:stream>");
            Assert.Equal(accepted ? "<stream:features/>" : "", accepted ? client.ReadUntil("/>") : client.ReadToAnyEnd());
        }

        // The backend has it whole, in its PROXY header.
        string der = System.Text.Encoding.Latin1.GetString(certificate.RawData);
        Assert.Equal(accepted, rig.Backend.Heard.Contains(der, StringComparison.Ordinal));
        Assert.Equal(accepted ? "truncated" : "handshake-failed", rig.NextOutcome());
    }

    private static GateRig Rig(ClientIdentity identity) => new(new GateOptions
    {
        Tls = TlsMode.Implicit, ClientCertificates = ClientCertificateMode.Require, ClientAllow = [identity],
    });

    private static string Greeting(ClientIdentity identity, X509Certificate2 certificate)
    {
        using GateRig rig = Rig(identity);
        using WireClient client = rig.Connect().StartTls(certificate: certificate);
        return client.ReadLine();
    }

    /// <summary>What the log says. In TLS 1.3 the client learns of it with its first read.</summary>
    private static string Refusal(ClientIdentity identity, X509Certificate2 certificate)
    {
        using GateRig rig = Rig(identity);
        using (WireClient client = rig.Connect().StartTls(certificate: certificate))
            Assert.Equal("", client.ReadToAnyEnd());
        System.Text.Json.JsonElement record = rig.NextRecord();
        Assert.Equal("handshake-failed", record.GetProperty("outcome").GetString());
        Assert.Equal(0, rig.Backend.Connections);
        return record.GetProperty("detail").GetString()!;
    }
}
