using System.Collections.Immutable;
using System.Text;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.Operator;
using Postern.Policy.TlsRpt;

namespace Postern.Policy.Postfix;

/// <summary>What a look-up in a map comes to.</summary>
public enum MapResult
{
    Found,

    /// <summary>There is nothing about it: Postfix goes by its own settings.</summary>
    NotFound,

    /// <summary>Not now: Postfix keeps the mail.</summary>
    Later,
}

/// <summary>
/// A verdict as an entry of <c>smtp_tls_policy_maps</c> (postconf(5)), for a Postfix that does its own TLS. Its table has one level
/// for a domain, and not one for each host as a decision here: where the hosts differ, the entry is the strictest that each can
/// meet, and says so where it is less than the gate would ask (docs/adr/0028-policy-maps.md).
/// </summary>
/// <param name="Result">What it comes to.</param>
/// <param name="Text">The entry, or why there is none.</param>
public sealed record PolicyMapEntry(MapResult Result, string Text)
{
    /// <param name="hosts">All hosts of the domain, as the gate would try them.</param>
    /// <param name="refusal">Not null: there is nobody to try.</param>
    /// <param name="sts">The domain's MTA-STS policy, for reports; null: none, or the map is for a Postfix before 3.10, which defers at words that it does not know.</param>
    public static PolicyMapEntry Of(ImmutableArray<HopCase> hosts, SmtpRefusal? refusal, ReportedPolicy? sts)
    {
        // What is for good, Postfix finds out in the same way and says better.
        if (refusal is not null)
            return refusal.IsPermanent ? new(MapResult.NotFound, refusal.Text) : new(MapResult.Later, refusal.ToString());

        HopCase[] tried = [.. hosts.Where(host => host.Refusal is null)];
        if (tried.Length == 0)
            return new(MapResult.Later, SmtpRefusal.NoHostLeft([.. hosts.Select(host => host.Refusal!)]).ToString());

        // Postfix tries all hosts, also those that the gate passes over because of what is known, or cannot be known, of them: an entry
        // has to keep those out, or there is none.
        SmtpRefusal? passedOver = hosts.Select(host => host.Refusal).FirstOrDefault(reason => reason is not null && reason.Enhanced != NoAddress);
        PolicyMapEntry entry = Of(tried, sts);
        return passedOver is null || entry.KeepsOthersOut ? entry : new(MapResult.Later, passedOver.ToString());
    }

    /// <summary>Postfix finds that out as well.</summary>
    private const string NoAddress = "4.4.4";

    /// <summary>A host that it is not about gets no mail.</summary>
    private bool KeepsOthersOut => Text == DaneOnly || Text.StartsWith("secure ", StringComparison.Ordinal) || Text.StartsWith("fingerprint ", StringComparison.Ordinal);

    private const string DaneOnly = "dane-only";

    private static PolicyMapEntry Of(HopCase[] tried, ReportedPolicy? sts)
    {
        // At "dane" Postfix asks nothing of a host without TLSA. That is what RFC 7672 wants of it, records of no use among it, and no more.
        bool asksNoMore = tried.All(host => host.Demand.Proof is TlsProof.Dane or TlsProof.IfOffered
            || (host.Demand.Proof == TlsProof.Encrypted && host.Source == PolicySource.Dane));
        TlsProof least = tried.Min(host => host.Demand.Proof);
        TlsProof most = tried.Max(host => host.Demand.Proof);
        return (least, most) switch
        {
            // Nobody says anything: Postfix's own default holds. The operator's "none" is a word.
            (_, TlsProof.IfOffered) => tried.All(host => host.Source == PolicySource.Operator) ? Found("may") : new(MapResult.NotFound, "no policy"),

            // Postfix looks the records up by itself, with a resolver of this machine that it trusts; at "dane-only" it delivers to
            // nobody without them.
            (TlsProof.Dane, TlsProof.Dane) => Found(DaneOnly),

            // Hosts with DANE beside others: those wait where somebody demands more of them than Postfix would.
            (TlsProof.IfOffered or TlsProof.Encrypted, TlsProof.Dane) => Found(asksNoMore ? "dane" : DaneOnly),
            (_, TlsProof.Encrypted) => Found("encrypt"),
            (TlsProof.Pins, TlsProof.Pins) => Found(Fingerprints(tried)),

            // DANE beside MTA-STS: all are held to the names that MTA-STS has, which those with DANE need not have met.
            _ => Found(Secure(tried) + Attributes(sts)),
        };
    }

    private static PolicyMapEntry Found(string text) => new(MapResult.Found, text);

    /// <summary>"secure" with names of ours: which hosts there may be, an insecure MX does not decide.</summary>
    private static string Secure(HopCase[] hosts)
    {
        IEnumerable<DnsName> names = hosts.SelectMany(host => host.Demand.Names.IsEmpty ? [host.Host] : host.Demand.Names).Distinct();
        return $"secure match={string.Join(':', names)} servername=hostname";
    }

    /// <summary>Of public keys: smtp_tls_fingerprint_digest has to be sha256, which it is from 3.6 on.</summary>
    private static string Fingerprints(HopCase[] hosts) =>
        "fingerprint match=" + string.Join('|', hosts.SelectMany(host => host.Demand.Pins).Distinct().Select(Fingerprint));

    private static string Fingerprint(Pin pin) => string.Join(':', pin.Digest.Select(octet => octet.ToString("x2", System.Globalization.CultureInfo.InvariantCulture)));

    /// <summary>From 3.10 on, for its TLSRPT: which policy the domain has published.</summary>
    private static string Attributes(ReportedPolicy? sts)
    {
        if (sts is null)
            return "";

        var text = new StringBuilder($" policy_type=sts policy_domain={sts.Domain}");
        foreach (string pattern in sts.MxHosts)
            _ = text.Append(" mx_host_pattern=").Append(pattern);
        foreach (string line in sts.Strings)
            _ = text.Append(" { policy_string = ").Append(line).Append(" }");
        return text.ToString();
    }
}
