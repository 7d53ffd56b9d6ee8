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
            Require(gate.Table, "name", "a word by which logs and status call this gate");
            Require(gate.Table, "protocol", $"one of {Quoted.List(ProtocolList.All.Select(protocol => protocol.Name))}");
            Require(gate.Table, "listen", "a list of addresses like [\"[::]:993\"]");
            Require(gate.Table, "tls", "one of \"implicit\", \"starttls\", \"starttls-optional\", \"plain\"");
            if (!gate.Table.Has("route"))
                Require(gate.Table, "backend", "an address like \"127.0.0.1:143\" or \"unix:/path\"");

            foreach (RouteDraft route in gate.Routes)
            {
                Require(route.Table, "sni", "the server name by which this route is chosen");
                Require(route.Table, "backend", "an address like \"127.0.0.1:143\" or \"unix:/path\"");
            }

            if (gate.Listen is { Items.Count: 0 } listen && gate.Table.ListIsEmpty("listen"))
                problems.Error(listen.At, gate.Table.Name("listen"), "is empty: a gate listens on one address at least");
        }
    }

    private static void Require(TableReader table, string key, string what)
    {
        if (!table.Has(key))
            table.Problems.Error(table.At, table.Name(key), $"is missing: {what}");
    }
}
