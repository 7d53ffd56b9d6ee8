using Postern.Configuration.Reading;
using Postern.Protocols;

namespace Postern.Configuration.Validation;

/// <summary>A gate with TLS names a certificate, and each name is that of a [certificate.NAME].</summary>
internal sealed class CertificatesExist : IRule
{
    public void Check(FileDraft file, ProblemList problems)
    {
        List<string> known = [.. file.Certificates.Select(certificate => certificate.Name)];
        foreach (GateDraft gate in file.Gates)
        {
            if (gate.Tls is { Value: not TlsMode.Plain } && !gate.Table.Has("certificate"))
                problems.Error(gate.Table.At, gate.Table.Name("certificate"), $"is missing: a list of certificate names{Example(known)}");

            if (gate.Tls is { Value: not TlsMode.Plain } && gate.Certificates is { } list && gate.Table.ListIsEmpty("certificate"))
                problems.Error(list.At, gate.Table.Name("certificate"), $"is empty: TLS needs a certificate{Example(known)}");

            CheckList(gate.Certificates, gate.Table, known, problems);
            foreach (RouteDraft route in gate.Routes)
                CheckList(route.Certificates, route.Table, known, problems);
        }
    }

    private static void CheckList(SettingList<string>? list, TableReader table, List<string> known, ProblemList problems)
    {
        HashSet<string> seen = [];
        foreach (Setting<string> name in list?.Items ?? [])
        {
            if (!known.Contains(name.Value))
                problems.Error(name.At, table.Name("certificate"), $"there is no [certificate.{Quoted.Escape(name.Value)}]{NearestWord.Hint(name.Value, known)}");
            else if (!seen.Add(name.Value))
                problems.Warning(name.At, table.Name("certificate"), $"{Quoted.Word(name.Value)} is named twice");
        }
    }

    private static string Example(List<string> known) => known.Count > 0 ? $" like [\"{Quoted.Escape(known[0])}\"]" : "";
}
