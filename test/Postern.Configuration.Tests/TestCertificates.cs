using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Postern.Configuration.Tests;

/// <summary>A directory of certificates and keys, made for one test and removed with it.</summary>
internal sealed class TestCertificates : IDisposable
{
    /// <summary>In whole seconds, as certificates count, and later than those that OpenSSL makes in a test begin.</summary>
    public static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 3600);

    public string Folder { get; } = Directory.CreateTempSubdirectory("postern-configuration-").FullName;

    public string At(string file) => Path.Combine(Folder, file);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    public void Write(string file, string content)
    {
        File.WriteAllText(At(file), content);
        File.SetUnixFileMode(At(file), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>A self-signed certificate in NAME.pem, its key in NAME.key.</summary>
    public void Issue(
        string name, AsymmetricAlgorithm? key = null, string[]? dnsNames = null, DateTimeOffset? from = null, DateTimeOffset? until = null)
    {
        using AsymmetricAlgorithm own = key ?? ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = Request($"CN={name}", own, dnsNames ?? [name + ".example"])
            .CreateSelfSigned(from ?? Now.AddDays(-1), until ?? Now.AddDays(90));
        Write(name + ".pem", certificate.ExportCertificatePem());
        Write(name + ".key", own.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>An authority's PEM and, issued by it, a leaf's PEM; the leaf's key is in NAME.key.</summary>
    public (string Leaf, string Authority) IssueFromAuthority(string name)
    {
        using ECDsa authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest authorityRequest = Request("CN=authority of " + name, authorityKey, []);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using X509Certificate2 authority = authorityRequest.CreateSelfSigned(Now.AddDays(-2), Now.AddDays(900));

        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 leaf = Request($"CN={name}", key, [name + ".example"])
            .Create(authority, Now.AddDays(-1), Now.AddDays(90), [1, 2, 3, 4]);
        Write(name + ".key", key.ExportPkcs8PrivateKeyPem());
        return (leaf.ExportCertificatePem(), authority.ExportCertificatePem());
    }

    public static void OpenSsl(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("openssl", arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        string said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, said);
    }

    private static CertificateRequest Request(string subject, AsymmetricAlgorithm key, string[] dnsNames)
    {
        var name = new X500DistinguishedName(subject);
        CertificateRequest request = key switch
        {
            ECDsa ec => new CertificateRequest(name, ec, HashAlgorithmName.SHA256),
            RSA rsa => new CertificateRequest(name, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            _ => throw new ArgumentException("no such key", nameof(key)),
        };
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (string dnsName in dnsNames)
            alternatives.AddDnsName(dnsName);
        if (dnsNames.Length == 0)
            alternatives.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(alternatives.Build());
        return request;
    }
}
