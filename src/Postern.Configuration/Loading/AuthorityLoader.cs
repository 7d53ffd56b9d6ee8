using Postern.Interop.LibSsl.Certificates;

namespace Postern.Configuration.Loading;

/// <summary>Reads the authorities that client certificates are verified against.</summary>
internal static class AuthorityLoader
{
    private const int MaxBytes = 4 * 1024 * 1024;

    public static byte[]? Load(string path, string key, SourceMap source, ProblemList problems)
    {
        Position at = source.Find(key);
        if (FileContent.Read(path, MaxBytes, out string wrong) is not { } pem)
        {
            problems.Error(at, key, wrong);
            return null;
        }

        _ = CertificateInspector.CountCertificates(pem, out PemProblem problem);
        if (problem == PemProblem.None)
            return pem;

        problems.Error(at, key, CertificateLoader.Say(path, problem));
        return null;
    }
}
