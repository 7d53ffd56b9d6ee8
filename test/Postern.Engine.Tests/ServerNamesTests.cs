using System.Collections.Immutable;
using Postern.Engine.Gates;
using Postern.Interop.LibSsl;
using Xunit;

namespace Postern.Engine.Tests;

/// <summary>Certificates by SNI: exact, then wildcard, then the first.</summary>
public sealed class ServerNamesTests
{
    private static readonly NamedCertificate s_first = Certificate("EC", "mail.example.org");
    private static readonly NamedCertificate s_firstRsa = Certificate("RSA", "mail.example.org");
    private static readonly NamedCertificate s_wildcard = Certificate("EC", "*.example.org");
    private static readonly NamedCertificate s_exact = Certificate("EC", "imap.example.org");

    [Theory]
    [InlineData("imap.example.org", "exact")]
    [InlineData("pop.example.org", "wildcard")]
    [InlineData("a.pop.example.org", "first")]
    [InlineData("example.org", "first")]
    [InlineData("other.test", "first")]
    [InlineData("", "first")]
    public void The_best_certificate_is_chosen(string name, string expected)
    {
        var names = new ServerNames([s_first, s_firstRsa, s_wildcard, s_exact], [], refuseUnrouted: false);
        ImmutableArray<TlsCertificate> set = names.CertificateSets[names.Choose(name).CertificateSet];
        NamedCertificate[] wanted = expected switch { "exact" => [s_exact], "wildcard" => [s_wildcard], _ => [s_first, s_firstRsa] };
        Assert.Equal(wanted.Select(certificate => certificate.Pem), set);
    }

    [Fact]
    public void A_route_is_taken_by_name_and_may_have_certificates_of_its_own()
    {
        var names = new ServerNames(
            [s_first], [new NamedRoute("imap.example.org", [s_exact]), new NamedRoute("*.lists.test", [])], refuseUnrouted: false);
        ServerNameChoice own = names.Choose("mail.example.org");
        ServerNameChoice routed = names.Choose("imap.example.org");
        ServerNameChoice wild = names.Choose("a.lists.test");
        Assert.Equal((-1, 0, 1), (own.Route, routed.Route, wild.Route));
        Assert.Equal([s_exact.Pem], names.CertificateSets[routed.CertificateSet]);
        Assert.Equal([s_first.Pem], names.CertificateSets[wild.CertificateSet]);
    }

    [Fact]
    public void Without_a_backend_of_its_own_a_gate_refuses_other_names()
    {
        var names = new ServerNames([s_first], [new NamedRoute("imap.example.org", [])], refuseUnrouted: true);
        Assert.Equal(-1, names.Choose("mail.example.org").CertificateSet);
        Assert.Equal(-1, names.Choose("").CertificateSet);
        Assert.True(names.Choose("imap.example.org").CertificateSet >= 0);
    }

    private static NamedCertificate Certificate(string type, string name) => new(new TlsCertificate([], []), [name], type);
}
