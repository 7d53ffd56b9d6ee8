using System.Collections.Immutable;
using Postern.Configuration.Settings;

namespace Postern.Configuration.Loading;

/// <summary>An outbound shows each certificate for the domains in it; one without a DNS name would never be shown.</summary>
internal static class NamelessIdentities
{
    public static void Check(PosternSettings settings, ImmutableArray<LoadedCertificate> certificates, ProblemList problems)
    {
        foreach (GateSettings gate in settings.Gates.Where(gate => gate.Outbound is not null))
        {
            string key = gate.Key + ".backend-certificate";
            foreach (LoadedCertificate certificate in certificates.Where(each => each.DnsNames.IsEmpty && gate.Outbound!.Certificates.Contains(each.Name)))
                problems.Warning(settings.Source.Find(key), key, $"the certificate {Quoted.Word(certificate.Name)} has no DNS name in its subjectAltName: it is shown for no domain");
        }
    }
}
