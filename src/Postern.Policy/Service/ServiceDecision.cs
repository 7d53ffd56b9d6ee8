using System.Collections.Immutable;
using System.Net;
using Postern.Policy.Dane;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.Operator;
using Postern.Policy.Rules;
using Postern.Policy.Survey;

namespace Postern.Policy.Service;

/// <summary>
/// The decision for each server of a domain: the operator's word, then DANE by SRV (RFC 7673), then the default. Whatever it is, it is
/// TLS: "none" and "opportunistic" mean TLS with anybody (RFC 7590 §3.4). Then nothing says who that is: dialback and EXTERNAL prove the
/// local server to the other one, not the other to it.
/// </summary>
/// <remarks>
/// What <see cref="OperatorRule.NextHop"/> and <see cref="OperatorRule.Hosts"/> name is where mail goes, and no server of XMPP's. A rule that
/// requires MTA-STS is about mail altogether, and passed over. The default is about everybody: of "sts", MTA-STS or DANE, XMPP has
/// DANE, and that is required then.
/// </remarks>
internal sealed class ServiceDecision
{
    private readonly ServiceCase _known;
    private readonly OperatorRule? _rule;

    public ServiceDecision(ServiceCase known)
    {
        if (known.Default == Requirement.Pin)
            throw new ArgumentException("a default cannot be a pin: keys belong to somebody", nameof(known));
        _known = known;
        TableEntry entry = known.Table.Find(known.Domain, known.Now);
        Rules.AddRange(entry.Expired.Select(expired => RuleList.OperatorRuleExpired.Fire(expired.ToString(), $"it expired at {expired.Expires:u} and does not hold: an alarm")));
        if (entry.Rule is not { } rule)
            return;
        if (rule is { Testing: false, Require: not Requirement.Sts })
            _rule = rule;
        Rules.Add(RuleList.OperatorRule.Fire(rule.ToString(), _rule is null ? "it is for mail, and says nothing here" : $"require {RequirementWords.Of(rule.Require)}"));
    }

    /// <summary>Those that fired so far.</summary>
    public List<FiredRule> Rules { get; } = [];

    /// <summary>What is to be looked up before all is decided.</summary>
    public List<DnsQuestion> Missing { get; } = [];

    /// <returns>Null when something is missing.</returns>
    public ServiceTarget? Decide(ServiceEndpoint endpoint)
    {
        if (KnownReplies.Addresses(_known.Replies, _known.HasV6, _known.HasV4, endpoint.Host, Missing) is not { } addresses)
            return null;

        // TLSA is not asked for where it could not change what the operator has decided.
        DaneFinding? dane = null;
        if (_rule is null or { Require: Requirement.Dane })
        {
            DaneCase host = new() { Addresses = addresses, NextHopNames = [], Port = endpoint.Port, IsSmtp = false, Refused = _known.Refused };
            dane = KnownReplies.Dane(_known.Replies, host, each => SrvDane.Decide(_known.Domain, endpoint.Srv, each), Missing);
            if (dane is null)
                return null;
            Rules.AddRange(dane.Rules);
        }

        return Dialable(endpoint, addresses, Undialable(endpoint, addresses) ?? Judge(endpoint, addresses, dane));
    }

    private ServiceTarget Judge(ServiceEndpoint endpoint, HostAddresses addresses, DaneFinding? dane)
    {
        switch (dane)
        {
            // RFC 7673 §3.3: not a denial. The server is passed over, whatever else is known of it.
            case { Outcome: DaneOutcome.LookupFailed }:
                return Skip(endpoint, addresses, PolicySource.Dane, ServiceRefusalKind.ConnectionFailed, "whether it has TLSA records cannot be found out");
            case { Outcome: DaneOutcome.Authenticated }:
                TlsDemand match = Demand(TlsProof.Dane) with { Names = dane.Names, Tlsa = dane.Records };
                return Take(endpoint, addresses, _rule is null ? PolicySource.Dane : PolicySource.Operator, match);
        }

        // RFC 7673 §4.1: without a record that is of use it is as if there were none, and what holds is the default.
        PolicySource source = _rule is null ? PolicySource.Default : PolicySource.Operator;
        Requirement requirement = _rule?.Require ?? _known.Default;
        if (_rule is null)
            Rules.Add(RuleList.Default.Fire($"no policy for {endpoint.Host}", $"require {RequirementWords.Of(requirement)}"));
        return requirement switch
        {
            Requirement.None or Requirement.Tls => Take(endpoint, addresses, source, Demand(TlsProof.Encrypted)),
            Requirement.Pin => Take(endpoint, addresses, source, Demand(TlsProof.Pins) with { Pins = _rule!.Pins }),
            Requirement.WebPki => Take(endpoint, addresses, source, Demand(TlsProof.WebPki) with { Names = SrvDane.WebPkiNames(_known.Domain, endpoint.Srv, endpoint.Host) }),
            _ => Unmet(endpoint, addresses, source, requirement, dane),
        };
    }

    private ServiceTarget Unmet(ServiceEndpoint endpoint, HostAddresses addresses, PolicySource source, Requirement requirement, DaneFinding? dane)
    {
        string missing = dane switch
        {
            { Outcome: DaneOutcome.Unauthenticated } => "no TLSA record is usable",
            _ when endpoint.Srv is { State: not DnsState.Secure } => "the SRV record that names it is not secure",
            _ => "there is no secure TLSA record",
        };
        Rules.Add(RuleList.RequirementUnmet.Fire($"require {RequirementWords.Of(requirement)}, and {missing}", "this server is not tried"));
        return Skip(endpoint, addresses, source, ServiceRefusalKind.PolicyViolation, $"{missing}, and {RequirementWords.Of(requirement)} is required");
    }

    /// <summary>Null when there is somebody to dial.</summary>
    private ServiceTarget? Undialable(ServiceEndpoint endpoint, HostAddresses addresses)
    {
        if (addresses.HasFailed)
            return Skip(endpoint, addresses, PolicySource.Dane, ServiceRefusalKind.ConnectionFailed, $"its addresses cannot be looked up ({DnsWords.Of(addresses.State)})");
        if (!addresses.Addresses.IsEmpty)
            return null;

        // A domain without an SRV record and without an address has no server at all.
        return endpoint.Srv is null
            ? Take(endpoint, addresses, PolicySource.Default, Demand(TlsProof.Encrypted)) with { Refusal = Unknown() }
            : Skip(endpoint, addresses, PolicySource.Default, ServiceRefusalKind.ConnectionFailed, "it has no address");
    }

    private ServiceRefusal Unknown()
    {
        bool exists = !_known.Replies.Any(reply => reply.Question.Name == _known.Domain && reply.Content == DnsContent.NoName);
        return new ServiceRefusal(
            ServiceRefusalKind.HostUnknown, exists ? $"{_known.Domain} has neither an SRV record of an XMPP server nor an address" : $"{_known.Domain} does not exist");
    }

    /// <summary>Without the addresses that a stranger may not send us to: whoever owns a domain would choose whom in this network we dial.</summary>
    private ServiceTarget Dialable(ServiceEndpoint endpoint, HostAddresses addresses, ServiceTarget target)
    {
        if (_known.DialsPrivateHosts || addresses.Addresses.IsEmpty)
            return target;

        HostAddresses allowed = addresses.Only(PublicAddress.Is);
        return allowed.Addresses.IsEmpty && target.Refusal is null
            ? Skip(endpoint, allowed, target.Source, ServiceRefusalKind.ConnectionFailed, "it has addresses of private networks only")
            : target with { Addresses = Dialled(allowed) };
    }

    /// <summary>
    /// The domain is the SNI: XEP-0368 §3 has it so for direct TLS. RFC 7673 §4 would rather have a secure target's name there or in its
    /// functional equivalent, which in XMPP is the stream's <c>to</c>, and that is the domain. One connection does not ask for two servers.
    /// </summary>
    private TlsDemand Demand(TlsProof proof) => new(proof, _known.Domain);

    private ServiceTarget Skip(ServiceEndpoint endpoint, HostAddresses addresses, PolicySource source, ServiceRefusalKind kind, string reason) =>
        Take(endpoint, addresses, source, Demand(TlsProof.Encrypted)) with
        {
            Refusal = new ServiceRefusal(kind, endpoint.Srv is null ? $"{endpoint.Host}:{endpoint.Port}: {reason}" : $"{endpoint.Host}:{endpoint.Port} for {_known.Domain}: {reason}"),
        };

    private static ServiceTarget Take(ServiceEndpoint endpoint, HostAddresses addresses, PolicySource source, TlsDemand demand) => new()
    {
        Host = endpoint.Host,
        Port = endpoint.Port,
        IsDirectTls = endpoint.IsDirectTls,
        Addresses = Dialled(addresses),
        Source = source,
        Demand = demand,
    };

    private static ImmutableArray<IPAddress> Dialled(HostAddresses addresses) => [.. addresses.Addresses.Take(HopCase.MaxAddresses)];
}
