using System.Collections.Immutable;
using Postern.Policy.Dane;
using Postern.Policy.Decision;
using Postern.Policy.Dns;

namespace Postern.Policy.Survey;

/// <summary>
/// DANE for a server of the operator's choice (RFC 6698, RFC 7673). Mail to the world falls back to other policies where there is no
/// DANE; here the operator has said that DANE must prove the server, so that whatever is less is a refusal (docs/adr/0030).
/// </summary>
public static class BackendSurvey
{
    /// <summary>No survey has more: SRV, addresses, alias or TLSA, TLSA of the second name.</summary>
    public const int MaxSteps = 6;

    public static BackendStep Decide(BackendCase known)
    {
        ArgumentNullException.ThrowIfNull(known);
        List<DnsQuestion> missing = [];
        if (known.Service is { } service)
        {
            if (KnownReplies.Look(known.Replies, service, RecordType.Srv, missing) is not { } reply)
                return new BackendStep { Ask = [.. missing] };
            if (WrongOf(reply.Srv(), known) is { } wrong)
                return Refuse(known, wrong);
        }

        if (KnownReplies.Addresses(known.Replies, hasV6: true, hasV4: true, known.Host, missing) is not { } addresses)
            return new BackendStep { Ask = [.. missing] };

        DaneCase each = new()
        {
            Addresses = addresses,
            NextHopNames = SrvDane.NamesOf(addresses, known.Domain),
            Port = known.Port,
            IsSmtp = known.IsSmtp,
            Refused = known.Refused,
        };
        return KnownReplies.Dane(known.Replies, each, DaneHost.Decide, missing) is { } finding ? Judge(known, finding) : new BackendStep { Ask = [.. missing] };
    }

    /// <summary>
    /// RFC 7673 §3.1: only a secure SRV makes its target the service's own. That the target is still among the records is asked as
    /// well: it was found when the configuration was loaded, by whoever answers this machine.
    /// </summary>
    private static string? WrongOf(DnsAnswer<SrvRecord> srv, BackendCase known)
    {
        if (!srv.IsAnswer)
            return $"SRV of {srv}, which is no answer";
        if (srv.State != DnsState.Secure)
            return $"SRV of {srv}: its zone is not signed, and anybody may have named {known.Host}";
        if (srv.HasRecords)
        {
            return srv.Records.Any(record => record.Target == known.Host && record.Port == known.Port)
                ? null
                : $"SRV of {srv}, and {known.Host}:{known.Port} is none of them any more: reload, and it is looked for again";
        }

        return known.IsFallback ? null : $"SRV of {srv}: reload, and the server is looked for again";
    }

    private static BackendStep Judge(BackendCase known, DaneFinding finding)
    {
        if (finding.Outcome == DaneOutcome.Authenticated)
        {
            var demand = new TlsDemand(TlsProof.Dane, finding.Base!) { Names = finding.Names, Tlsa = finding.Records };
            return new BackendStep { Finding = new BackendFinding(demand, "", known.Replies) };
        }

        // A name that is too long to have records below it fires no rule.
        string inputs = finding.Rules.IsEmpty ? known.Host.Text : finding.Rules[^1].Inputs;
        return Refuse(known, finding.Outcome switch
        {
            DaneOutcome.LookupFailed => $"{inputs}, which is no answer",
            DaneOutcome.NoAddress => $"{inputs}, and TLSA is asked for with an address only (RFC 7672 §2.2.2)",
            DaneOutcome.Unauthenticated => $"{inputs}, none of which is usable",

            // RFC 7672 §2.2.2: TLSA is not even asked for.
            _ when known.Replies.All(reply => reply.Question.Type != RecordType.Tlsa) => $"{inputs}: its zone is not signed",
            _ => inputs,
        });
    }

    private static BackendStep Refuse(BackendCase known, string reason) => new() { Finding = new BackendFinding(null, reason, known.Replies) };
}
