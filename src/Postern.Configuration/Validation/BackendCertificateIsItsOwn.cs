using Postern.Configuration.Reading;
using Postern.Protocols;

namespace Postern.Configuration.Validation;

/// <summary>A certificate is shown to clients or to backends: the key agent signs as a server or as a client, never as both.</summary>
internal sealed class BackendCertificateIsItsOwn : IRule
{
    public void Check(FileDraft file, ProblemList problems)
    {
        List<string> known = [.. file.Certificates.Select(certificate => certificate.Name)];
        HashSet<string> shown = [.. file.Gates.SelectMany(gate => gate.AllCertificates).Select(name => name.Value)];
        foreach (GateDraft gate in file.Gates)
        {
            // Without TLS towards the backend the whole key is in vain, which BackendTlsFits has said.
            if (gate.Outbound is null && gate.BackendTls is not { Mode.Value: not TlsMode.Plain })
                continue;

            string key = gate.Table.Name("backend-certificate");
            foreach (Setting<string> certificate in gate.ShownCertificates)
            {
                if (!known.Contains(certificate.Value))
                    problems.Error(certificate.At, key, $"there is no [certificate.{Quoted.Escape(certificate.Value)}]{NearestWord.Hint(certificate.Value, known)}");
                else if (shown.Contains(certificate.Value))
                    problems.Error(certificate.At, key, $"{Quoted.Word(certificate.Value)} is a gate's own certificate too: a key signs as a server or as a client, so write a second [certificate.…] with the same files");
            }
        }
    }
}
