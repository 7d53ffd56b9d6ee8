using Postern.Configuration.Reading;

namespace Postern.Configuration.Validation;

/// <summary>
/// RFC 8460 §3: a report by mail carries a DKIM signature "by the reporting domain", which is the contact's. MTAs choose whom they
/// sign for by the sender.
/// </summary>
internal sealed class ReportsAreSignedByTheirSubmitter : IRule
{
    public void Check(FileDraft file, ProblemList problems)
    {
        if (file.TlsRpt is not { Table: { } table, From: { } from, Contact: { } contact } || DomainOf(from.Value) == DomainOf(contact.Value))
            return;
        problems.Warning(from.At, table.Name("from"), $"is in another domain than the contact: have the relay sign reports with DKIM for {DomainOf(contact.Value)}, or receivers drop them (RFC 8460, section 3)");
    }

    /// <summary>In small letters, as the reader has it.</summary>
    private static string DomainOf(string mailbox) => mailbox[(mailbox.LastIndexOf('@') + 1)..];
}
