using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Postern.Bench.Load;

namespace Postern.Bench.Peers;

/// <summary>A certificate for bench.test, signed by itself, in the forms that the peers read.</summary>
internal sealed record CertificateFiles(string Chain, string Key, string Combined)
{
    internal static CertificateFiles Write(string directory, KeyKind kind)
    {
        using AsymmetricAlgorithm key = kind == KeyKind.EcdsaP256
            ? ECDsa.Create(ECCurve.NamedCurves.nistP256)
            : RSA.Create(2048);
        const string Name = "CN=bench.test";
        var request = key is ECDsa ecdsa
            ? new CertificateRequest(Name, ecdsa, HashAlgorithmName.SHA256)
            : new CertificateRequest(Name, (RSA)key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("bench.test");
        request.CertificateExtensions.Add(names.Build());
        var now = DateTimeOffset.UtcNow;
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));

        var stem = Path.Combine(directory, kind == KeyKind.EcdsaP256 ? "ecdsa" : "rsa");
        var files = new CertificateFiles(stem + ".crt", stem + ".key", stem + ".pem");
        var certificatePem = certificate.ExportCertificatePem() + "\n";
        var keyPem = key.ExportPkcs8PrivateKeyPem() + "\n";
        File.WriteAllText(files.Chain, certificatePem);
        WritePrivate(files.Key, keyPem);
        WritePrivate(files.Combined, certificatePem + keyPem);
        return files;
    }

    private static void WritePrivate(string path, string text)
    {
        File.WriteAllText(path, "");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllText(path, text);
    }
}
