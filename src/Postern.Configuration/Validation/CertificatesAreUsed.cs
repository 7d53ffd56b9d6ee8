using Postern.Configuration.Reading;
using Postern.Protocols;

namespace Postern.Configuration.Validation;

/// <summary>A certificate that no gate names is probably a slip; its files are not read.</summary>
internal sealed class CertificatesAreUsed : IRule
{
    public void Check(FileDraft file, ProblemList problems)
    {
        // A name that was mistyped, or a list that could not be read, may well have meant this certificate.
        if (file.Gates.Count == 0 || !file.Gates.All(gate => IsRead(gate, file)))
            return;

        HashSet<string> used = [.. file.Gates.SelectMany(gate => gate.AllCertificates).Select(name => name.Value)];
        used.UnionWith(file.Gates.SelectMany(gate => gate.ShownCertificates).Select(name => name.Value));
        foreach (CertificateDraft certificate in file.Certificates)
        {
            if (!used.Contains(certificate.Name))
                problems.Warning(certificate.Table.At, certificate.Table.Path, "no gate uses this certificate; its files are not read");
        }
    }

    private static bool IsRead(GateDraft gate, FileDraft file)
    {
        bool plain = gate.Tls is { Value: TlsMode.Plain };
        IEnumerable<Setting<string>> names = gate.AllCertificates.Concat(gate.ShownCertificates);
        return (plain || gate.Certificates is { Items.Count: > 0 })
            && (gate.ShownCertificates.Any() || !gate.Table.Has("backend-certificate"))
            && names.All(name => file.Certificates.Any(certificate => certificate.Name == name.Value));
    }
}
