using System.Collections.Immutable;
using Postern.Policy.Dns;
using Postern.Policy.Rules;

namespace Postern.Policy.Dane;

/// <summary>
/// DANE of one host, from its addresses to its usable records: RFC 7672 §2.2.2 and §2.2.3, and the same for what is found by SRV
/// (RFC 7673 §3).
/// </summary>
public static class DaneHost
{
    public static DaneStep Decide(DaneCase known)
    {
        HostAddresses addresses = known.Addresses;
        if (addresses.HasFailed)
            return End(DaneOutcome.LookupFailed, RuleList.AddressLookupFailed.Fire(addresses.ToString(), "this host is not tried"));
        if (addresses.Addresses.IsEmpty)
            return End(DaneOutcome.NoAddress, RuleList.NoAddress.Fire(addresses.ToString(), "this host is not tried"));

        switch (addresses)
        {
            case { State: DnsState.Secure, IsAlias: false }:
                return Search(known, [addresses.Host], []);

            // RFC 7672 §2.2.2: the expanded name first, and only if nothing is there, the original.
            case { State: DnsState.Secure }:
                return Search(known, [addresses.Expanded, addresses.Host],
                    [RuleList.AliasSecure.Fire(addresses.ToString(), $"records of {addresses.Expanded}, then of {addresses.Host}")]);

            // RFC 7672 §2.2.2: never ask for TLSA. Servers of zones without DNSSEC exist that fail on the very question.
            case { IsAlias: false }:
                return End(DaneOutcome.NoDane, RuleList.AddressInsecure.Fire(addresses.ToString(), "no DANE, TLSA is not asked for"));

            // The alias may be secure although its target is not; the resolver's word for the whole chain does not tell them apart.
            default:
                return Alias(known);
        }
    }

    private static DaneStep Alias(DaneCase known)
    {
        DnsName host = known.Addresses.Host;
        string inputs = known.Addresses.ToString();
        return known.AliasState switch
        {
            null => DaneStep.Next(QuestionKind.Alias, host),
            DnsState.Secure => Search(known, [host], [RuleList.AliasSecure.Fire($"{inputs}; its CNAME: secure", $"records of {host} only")]),
            DnsState.Insecure => End(DaneOutcome.NoDane, RuleList.AliasInsecure.Fire($"{inputs}; its CNAME: insecure", "no DANE, TLSA is not asked for")),
            { } state => End(DaneOutcome.LookupFailed, RuleList.AliasLookupFailed.Fire($"{inputs}; its CNAME: {DnsWords.Of(state)}", "this host is not tried")),
        };
    }

    private static DaneStep Search(DaneCase known, ImmutableArray<DnsName> bases, ImmutableArray<FiredRule> rules)
    {
        foreach (DnsName candidate in bases)
        {
            // A name that is too long to exist has no records.
            if (candidate.Below($"_{known.Port}._tcp") is not { } owner)
                continue;
            if (known.Tlsa.FirstOrDefault(answer => answer.Owner == owner) is not { } answer)
                return DaneStep.Next(QuestionKind.Tlsa, owner);

            string inputs = $"TLSA of {answer}";
            switch (answer)
            {
                // RFC 7672 §2.1.2: not a denial, and no second try at another name: whoever can break one look-up must not choose.
                case { IsAnswer: false }:
                    return End(DaneOutcome.LookupFailed, [.. rules, RuleList.TlsaLookupFailed.Fire(inputs, "this host is not tried")]);
                case { State: DnsState.Secure, HasRecords: true }:
                    return Records(known, candidate, answer, inputs, rules);
                case { State: DnsState.Secure }:
                    rules = rules.Add(RuleList.TlsaAbsent.Fire(inputs, "no DANE by this name"));
                    break;
                default:
                    rules = rules.Add(RuleList.TlsaInsecure.Fire(inputs, "no DANE by this name"));
                    break;
            }
        }

        return End(DaneOutcome.NoDane, rules);
    }

    private static DaneStep Records(DaneCase known, DnsName found, DnsAnswer<TlsaRecord> answer, string inputs, ImmutableArray<FiredRule> rules)
    {
        ImmutableArray<TlsaRecord> usable = TlsaUse.Usable([.. answer.Records.Where(record => !known.Refused.Contains(record))], known.IsSmtp);
        FiredRule rule = usable.IsEmpty
            ? RuleList.TlsaUnusable.Fire(inputs, "none is usable: TLS is a must, its certificate is not looked at")
            : RuleList.TlsaUsable.Fire(inputs, $"TLS is a must, and must match one of {usable.Length} by {found}");
        return DaneStep.Done(new DaneFinding
        {
            Outcome = usable.IsEmpty ? DaneOutcome.Unauthenticated : DaneOutcome.Authenticated,
            Base = found,
            Records = usable,
            Published = answer.Records,
            Names = [.. known.NextHopNames.Prepend(found).Distinct()],
            Rules = rules.Add(rule),
        });
    }

    private static DaneStep End(DaneOutcome outcome, params ImmutableArray<FiredRule> rules) =>
        DaneStep.Done(new DaneFinding { Outcome = outcome, Rules = rules });
}
