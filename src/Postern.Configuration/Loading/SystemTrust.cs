using Postern.Interop.LibSsl.Certificates;

namespace Postern.Configuration.Loading;

/// <summary>The system's authorities, in one file as every distribution has them.</summary>
internal sealed class SystemTrust
{
    private const int MaxBytes = 4 * 1024 * 1024;

    // Debian and Alpine, Fedora, SUSE, and where OpenSSL looks by itself.
    private static readonly string[] s_places =
        ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"];

    private byte[]? _pem;

    /// <summary>What was read; empty when nobody asked.</summary>
    public byte[] Pem => _pem ?? [];

    /// <summary>Reads them once. What is wrong is said at the gate that wants them.</summary>
    public void Load(string key, Position at, ProblemList problems)
    {
        if (_pem is not null)
            return;

        _pem = [];
        string? named = Environment.GetEnvironmentVariable("SSL_CERT_FILE");
        string[] places = string.IsNullOrEmpty(named) ? s_places : [named];
        if (places.FirstOrDefault(File.Exists) is not { } path)
        {
            problems.Error(at, key, $"there are no authorities of the system: none of {Quoted.List(places)} exists (in Debian: apt-get install ca-certificates)");
            return;
        }

        if (FileContent.Read(path, MaxBytes, out string wrong) is not { } pem)
        {
            problems.Error(at, key, wrong);
            return;
        }

        _ = CertificateInspector.ReadAuthorities(pem, out PemProblem problem);
        if (problem == PemProblem.None)
            _pem = pem;
        else
            problems.Error(at, key, CertificateLoader.Say(path, problem));
    }
}
