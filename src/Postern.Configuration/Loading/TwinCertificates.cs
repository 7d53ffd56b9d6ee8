using System.Collections.Immutable;
using Postern.Configuration.Settings;

namespace Postern.Configuration.Loading;

/// <summary>
/// An EC and an RSA certificate for one name serve different clients; two of one type for the same names do not: the
/// first is always chosen.
/// </summary>
internal static class TwinCertificates
{
    public static void Check(PosternSettings settings, ImmutableArray<LoadedCertificate> certificates, ProblemList problems)
    {
        foreach (GateSettings gate in settings.Gates)
        {
            Check(gate.Certificates, gate.Key + ".certificate", settings.Source, certificates, problems);
            foreach ((int index, RouteSettings route) in gate.Routes.Index())
                Check(route.Certificates, $"{gate.Key}.route[#{index + 1}].certificate", settings.Source, certificates, problems);
        }
    }

    private static void Check(
        ImmutableArray<string> names, string key, SourceMap source, ImmutableArray<LoadedCertificate> certificates, ProblemList problems)
    {
        List<LoadedCertificate> seen = [];
        foreach (string name in names)
        {
            if (certificates.FirstOrDefault(each => each.Name == name) is not { } certificate)
                continue;

            if (seen.Find(other => AreTwins(other, certificate)) is { } first)
                problems.Warning(source.Find(key), key, $"'{certificate.Name}' is never used: '{first.Name}' has the same names and the same type of key ({first.KeyType})");
            else
                seen.Add(certificate);
        }
    }

    private static bool AreTwins(LoadedCertificate one, LoadedCertificate other) =>
        one.KeyType == other.KeyType && one.DnsNames.ToHashSet().SetEquals(other.DnsNames);
}
