using Postern.Configuration.Reading;
using Postern.Protocols;

namespace Postern.Configuration.Validation;

/// <summary>Keys that have no default.</summary>
internal sealed class RequiredKeys : IRule
{
    public void Check(FileDraft file, ProblemList problems)
    {
        foreach (CertificateDraft certificate in file.Certificates)
        {
            Require(certificate.Table, "chain", "the PEM file of the certificate and its issuers");
            Require(certificate.Table, "key", "the PEM file of the private key, or a pkcs11: URI");
        }

        foreach (GateDraft gate in file.Gates)
        {
            if (gate.Outbound is null)
                RequireOfGate(gate.Table);
            else
                RequireOfOutbound(gate);

            foreach (RouteDraft route in gate.Routes)
            {
                Require(route.Table, "sni", "the server name by which this route is chosen");
                Require(route.Table, "backend", "an address like \"127.0.0.1:143\" or \"unix:/path\"");
            }

            if (gate.Listen is { Items.Count: 0 } listen && gate.Table.ListIsEmpty("listen"))
                problems.Error(listen.At, gate.Table.Name("listen"), $"is empty: {(gate.Outbound is null ? "a gate" : "an outbound")} listens on one address at least");
        }

        if (file.TlsRpt.Table is { } reports)
        {
            Require(reports, "contact", "a mailbox, whom others may ask about your reports");
            Require(reports, "from", "a mailbox, which reports by mail come from and nothing else does");
        }

        foreach (PolicyRuleDraft rule in file.Policy.Rules)
        {
            Require(rule.Table, "domain", "whom the rule is for, as \"example.org\", or \".example.org\" for every domain below it");
            Require(rule.Table, "require", "one of \"dane\", \"sts\", \"webpki\", \"pin\", \"tls\", \"none\"");
        }
    }

    private static void RequireOfGate(TableReader table)
    {
        Require(table, "name", "a word by which logs and status call this gate");
        Require(table, "protocol", $"one of {Quoted.List(ProtocolList.All.Select(protocol => protocol.Name))}");
        Require(table, "listen", "a list of addresses like [\"[::]:993\"]");
        Require(table, "tls", "one of \"implicit\", \"starttls\", \"starttls-optional\", \"plain\"");
        if (!table.Has("route"))
            Require(table, "backend", "an address like \"127.0.0.1:143\" or \"unix:/path\"");
    }

    private static void RequireOfOutbound(GateDraft outbound)
    {
        TableReader table = outbound.Table;
        Require(table, "name", "a word by which logs and status call this outbound");
        Require(table, "protocol", $"one of {Quoted.List(OutboundReader.Protocols)}");
        Require(table, "listen", "a list of addresses like [\"127.0.0.1:10026\"]");
        if (outbound.Tls is null)
            Require(table, "tls", "one of \"plain\", \"implicit\", \"starttls\"");
    }

    private static void Require(TableReader table, string key, string what)
    {
        if (!table.Has(key))
            table.Problems.Error(table.At, table.Name(key), $"is missing: {what}");
    }
}
