using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Postern.Engine.Gates;
using Postern.Interop.LibSsl;

namespace Postern.Engine.Tests.Rig;

/// <summary>Self-signed certificates for tests, made once.</summary>
internal static class TestCertificates
{
    public static NamedCertificate Ec { get; } = NewEc("localhost", "*.example.test");

    public static NamedCertificate Rsa { get; } = NewRsa("localhost", "*.example.test");

    public static NamedCertificate NewEc(params string[] names) => NewEc(ECCurve.NamedCurves.nistP256, names);

    private static NamedCertificate NewEc(ECCurve curve, params string[] names)
    {
        using var key = ECDsa.Create(curve);
        var request = new CertificateRequest("CN=" + names[0], key, HashAlgorithmName.SHA256);
        return Finish(request, names, key.ExportPkcs8PrivateKeyPem(), "EC");
    }

    public static NamedCertificate NewRsa(params string[] names)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=" + names[0], key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return Finish(request, names, key.ExportPkcs8PrivateKeyPem(), "RSA");
    }

    /// <summary>By kind of key; those that .NET does not make are OpenSSL's.</summary>
    public static NamedCertificate Of(string kind) => kind switch
    {
        "RSA" => NewRsa("localhost"),
        "ED25519" => NewEd25519(),
        "P-384" => NewEc(ECCurve.NamedCurves.nistP384, "localhost"),
        _ => NewEc("localhost"),
    };

    private static NamedCertificate NewEd25519()
    {
        string directory = Directory.CreateTempSubdirectory("postern-engine-").FullName;
        string chain = Path.Combine(directory, "chain"), key = Path.Combine(directory, "key");
        using (Process openssl = Process.Start(new ProcessStartInfo(
            "openssl", ["req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=localhost", "-keyout", key, "-out", chain])
        { RedirectStandardError = true })!)
        {
            _ = openssl.StandardError.ReadToEnd();
            openssl.WaitForExit();
        }

        var certificate = new NamedCertificate(new TlsCertificate(File.ReadAllBytes(chain), File.ReadAllBytes(key)), ["localhost"], "ED25519");
        Directory.Delete(directory, recursive: true);
        return certificate;
    }

    private static NamedCertificate Finish(CertificateRequest request, string[] names, string key, string type)
    {
        var alternative = new SubjectAlternativeNameBuilder();
        foreach (string name in names)
            alternative.AddDnsName(name);
        request.CertificateExtensions.Add(alternative.Build());
        using X509Certificate2 certificate =
            request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        return new NamedCertificate(
            new TlsCertificate(Encoding.ASCII.GetBytes(certificate.ExportCertificatePem()), Encoding.ASCII.GetBytes(key)),
            [.. names], type);
    }
}
