using Postern.EndToEnd.Rigs;

namespace Postern.EndToEnd.Scenarios.Outbound;

/// <summary>One row of a table in the design of outbound mail, or an attack, as a domain with real servers; and what becomes of its mail.</summary>
/// <param name="Row">Which row.</param>
/// <param name="Domain">Whose mail.</param>
/// <param name="Reply">How the reply begins that the client hears: to RCPT when it is a refusal, else to the end of the message.</param>
/// <param name="Over">Over what it went: the chief name of the host that was verified, "not authenticated", "none" (in the clear); empty: it did not go.</param>
internal sealed record Scene(string Row, MailDomain Domain, string Reply, string Over)
{
    public const string Delivered = "250 2.0.0 Ok: queued as";

    /// <summary>What Postfix's own DANE (posttls-finger) says of the domain: verified, or not. Null: it is not about DANE.</summary>
    public bool? Postfix { get; init; }

    /// <summary>Why Postfix sees it in another way; empty: it does not.</summary>
    public string Because { get; init; } = "";

    public override string ToString() => $"{Row} ({Domain.Name})";
}
