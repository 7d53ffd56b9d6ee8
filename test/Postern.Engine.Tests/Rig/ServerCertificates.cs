using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Postern.Engine.Tests.Rig;

/// <summary>An authority of the tests' own, and certificates of servers: right ones, and each wrong in one way (C11).</summary>
internal static class ServerCertificates
{
    public const string Name = "server.example.test";

    private static readonly ECDsa s_authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly X509Certificate2 s_authority = NewAuthority();

    public static byte[] AuthorityPem { get; } = Encoding.ASCII.GetBytes(s_authority.ExportCertificatePem());

    /// <summary>By what is wrong with it.</summary>
    public static X509Certificate2 Of(string kind) => kind switch
    {
        "right" => Sign(names: [Name]),
        "wildcard" => Sign(names: ["*.example.test"]),
        "address" => Sign(names: [], address: IPAddress.Loopback),
        "wrong name" => Sign(names: ["other.example.test"]),
        "partial wildcard" => Sign(names: ["ser*.example.test"]),
        "wildcard too deep" => Sign(names: ["*.test"]),
        "common name only" => Sign(names: [], commonName: Name),
        "expired" => Sign(names: [Name], from: -30, to: -1),
        "not yet valid" => Sign(names: [Name], from: 1, to: 30),
        "for clients only" => Sign(names: [Name], purpose: "1.3.6.1.5.5.7.3.2"),
        "client" => Sign(names: ["client.example.test", "alice@example.test"], purpose: "1.3.6.1.5.5.7.3.2"),
        "client expired" => Sign(names: ["client.example.test"], from: -30, to: -1, purpose: "1.3.6.1.5.5.7.3.2"),
        "unknown root" => SignedByAnother(),
        "self-signed" => SelfSigned(),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>SHA-256 of the public key.</summary>
    public static byte[] Pin(X509Certificate2 certificate) => SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo());

    private static X509Certificate2 NewAuthority()
    {
        var request = new CertificateRequest("CN=Tests", s_authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-60), DateTimeOffset.UtcNow.AddDays(60));
    }

    private static X509Certificate2 Sign(
        string[] names, string commonName = "server", IPAddress? address = null, int from = -2, int to = 30, string purpose = "1.3.6.1.5.5.7.3.1")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = Request(key, names, commonName, address, purpose);
        using X509Certificate2 signed = request.Create(
            s_authority, DateTimeOffset.UtcNow.AddDays(from), DateTimeOffset.UtcNow.AddDays(to), RandomNumberGenerator.GetBytes(8));
        return WithKey(signed, key);
    }

    private static X509Certificate2 SignedByAnother()
    {
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authority = new CertificateRequest("CN=Tests", authorityKey, HashAlgorithmName.SHA256);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        using X509Certificate2 another = authority.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-2), DateTimeOffset.UtcNow.AddDays(30));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 signed = Request(key, [Name], "server", null, "1.3.6.1.5.5.7.3.1").Create(
            another, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(20), RandomNumberGenerator.GetBytes(8));
        return WithKey(signed, key);
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 signed = Request(key, [Name], "server", null, "1.3.6.1.5.5.7.3.1")
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(20));
        return X509CertificateLoader.LoadPkcs12(signed.Export(X509ContentType.Pkcs12), null);
    }

    private static CertificateRequest Request(ECDsa key, string[] names, string commonName, IPAddress? address, string purpose)
    {
        var request = new CertificateRequest("CN=" + commonName, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], critical: false));
        if (names.Length == 0 && address is null)
            return request;

        var alternative = new SubjectAlternativeNameBuilder();
        foreach (string name in names)
        {
            if (name.Contains('@', StringComparison.Ordinal))
                alternative.AddEmailAddress(name);
            else
                alternative.AddDnsName(name);
        }

        if (address is not null)
            alternative.AddIpAddress(address);
        request.CertificateExtensions.Add(alternative.Build());
        return request;
    }

    private static X509Certificate2 WithKey(X509Certificate2 certificate, ECDsa key)
    {
        using X509Certificate2 both = certificate.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(both.Export(X509ContentType.Pkcs12), null);
    }
}
