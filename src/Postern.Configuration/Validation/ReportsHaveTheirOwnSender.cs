using Postern.Configuration.Reading;

namespace Postern.Configuration.Validation;

/// <summary>
/// What comes from the sender of reports is delivered without regard to policies (RFC 8460 §3). So it is an address that nobody
/// writes from: not the one that people answer from.
/// </summary>
internal sealed class ReportsHaveTheirOwnSender : IRule
{
    public void Check(FileDraft file, ProblemList problems)
    {
        if (file.TlsRpt is { Table: { } table, From: { } from, Contact: { } contact } && from.Value.Equals(contact.Value, StringComparison.OrdinalIgnoreCase))
            problems.Error(from.At, table.Name("from"), $"is the contact: mail from it goes to hosts that cannot show who they are, so it has to be an address that nothing but reports comes from, as \"tlsrpt-noreply@{from.Value[(from.Value.LastIndexOf('@') + 1)..]}\"");
    }
}
