using Postern.Configuration.Reading;

namespace Postern.Configuration.Validation;

/// <summary>A certificate that no gate names is probably a slip; its files are not read.</summary>
internal sealed class CertificatesAreUsed : IRule
{
    public void Check(FileDraft file, ProblemList problems)
    {
        HashSet<string> used = [.. file.Gates.SelectMany(gate => gate.AllCertificates).Select(name => name.Value)];
        foreach (CertificateDraft certificate in file.Certificates)
        {
            if (!used.Contains(certificate.Name))
                problems.Warning(certificate.Table.At, certificate.Table.Path, "no gate uses this certificate; its files are not read");
        }
    }
}
