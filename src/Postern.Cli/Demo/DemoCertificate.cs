using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Postern.Cli.Demo;

/// <summary>A certificate for localhost, and the authority that signed it, in files of a directory.</summary>
internal sealed class DemoCertificate
{
    private DemoCertificate(string directory, X509Certificate2 authority)
    {
        ChainFile = Path.Combine(directory, "chain.pem");
        KeyFile = Path.Combine(directory, "key.pem");
        AuthorityFile = Path.Combine(directory, "ca.pem");
        Authority = authority;
    }

    public string ChainFile { get; }

    public string KeyFile { get; }

    public string AuthorityFile { get; }

    public X509Certificate2 Authority { get; }

    public static DemoCertificate Make(string directory)
    {
        DateTimeOffset from = DateTimeOffset.UtcNow.AddHours(-1);
        DateTimeOffset until = from.AddDays(7);
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authorityRequest = new CertificateRequest("CN=Postern demo authority", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        X509Certificate2 authority = authorityRequest.CreateSelfSigned(from, until);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 leaf = request.Create(authority, from, until, RandomNumberGenerator.GetBytes(8));

        var made = new DemoCertificate(directory, authority);
        File.WriteAllText(made.ChainFile, leaf.ExportCertificatePem() + "\n");
        File.WriteAllText(made.AuthorityFile, authority.ExportCertificatePem() + "\n");
        using (FileStream file = new(made.KeyFile, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            file.Write(System.Text.Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem() + "\n"));
        }

        return made;
    }
}
