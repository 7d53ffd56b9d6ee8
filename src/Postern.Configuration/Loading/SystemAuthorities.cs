using Postern.Interop.LibSsl.Certificates;

namespace Postern.Configuration.Loading;

/// <summary>The system's authorities, in one file as every distribution has them.</summary>
public static class SystemAuthorities
{
    private const int MaxBytes = 4 * 1024 * 1024;

    // Debian and Alpine, Fedora, SUSE, and where OpenSSL looks by itself.
    private static readonly string[] s_places =
        ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"];

    /// <summary>Their certificates in PEM. SSL_CERT_FILE names another file, as it does for OpenSSL.</summary>
    /// <param name="wrong">Why there are none; empty when there are.</param>
    public static byte[]? Read(out string wrong)
    {
        string? named = Environment.GetEnvironmentVariable("SSL_CERT_FILE");
        string[] places = string.IsNullOrEmpty(named) ? s_places : [named];
        if (places.FirstOrDefault(File.Exists) is not { } path)
        {
            wrong = $"there are no authorities of the system: none of {Quoted.List(places)} exists (in Debian: apt-get install ca-certificates)";
            return null;
        }

        if (FileContent.Read(path, MaxBytes, out wrong) is not { } pem)
            return null;

        _ = CertificateInspector.ReadAuthorities(pem, out PemProblem problem);
        wrong = problem == PemProblem.None ? "" : CertificateLoader.Say(path, problem);
        return problem == PemProblem.None ? pem : null;
    }
}
