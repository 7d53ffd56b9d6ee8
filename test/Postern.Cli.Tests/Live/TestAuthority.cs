using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Postern.Cli.Tests.Live;

/// <summary>An authority for one test.</summary>
internal sealed class TestAuthority : IDisposable
{
    private static readonly DateTimeOffset s_now = DateTimeOffset.UtcNow;

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestAuthority(string name = "Test Authority")
    {
        var request = new CertificateRequest("CN=" + name, _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        Certificate = request.CreateSelfSigned(s_now.AddDays(-100), s_now.AddDays(100));
    }

    public X509Certificate2 Certificate { get; }

    /// <summary>A certificate of a server or a client, with its key.</summary>
    public X509Certificate2 Issue(string[] names, int fromDays = -10, int untilDays = 10)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 leaf = Request(key, names).Create(Certificate, s_now.AddDays(fromDays), s_now.AddDays(untilDays), RandomNumberGenerator.GetBytes(8));
        return leaf.CopyWithPrivateKey(key);
    }

    /// <summary>One that no authority has signed.</summary>
    public static X509Certificate2 SelfSigned(params string[] names)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Request(key, names).CreateSelfSigned(s_now.AddDays(-10), s_now.AddDays(10));
    }

    public void Dispose()
    {
        Certificate.Dispose();
        _key.Dispose();
    }

    private static CertificateRequest Request(ECDsa key, string[] names)
    {
        var request = new CertificateRequest("CN=imap.example.org", key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (string name in names)
        {
            if (IPAddress.TryParse(name, out IPAddress? address))
                alternatives.AddIpAddress(address);
            else
                alternatives.AddDnsName(name);
        }

        if (names.Length > 0)
            request.CertificateExtensions.Add(alternatives.Build());
        return request;
    }
}
