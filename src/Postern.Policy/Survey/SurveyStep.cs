using System.Collections.Immutable;
using System.Net;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.MtaSts;
using Postern.Policy.Rules;

namespace Postern.Policy.Survey;

/// <summary>A policy to be fetched (RFC 8461 §3.3): from this host at these addresses and at no others.</summary>
/// <param name="Domain">Whose policy.</param>
/// <param name="Host">Whom the certificate must be for.</param>
/// <param name="Addresses">Only such as a stranger may send us to, unless the operator has allowed others; one at least.</param>
public sealed record PolicyRequest(DnsName Domain, DnsName Host, ImmutableArray<IPAddress> Addresses);

/// <summary>What is to be looked up next, all at once, or what was found.</summary>
public sealed record SurveyStep
{
    /// <summary>Without what was asked before.</summary>
    public ImmutableArray<DnsQuestion> Ask { get; init; } = [];

    /// <summary>Besides, or alone.</summary>
    public PolicyRequest? Fetch { get; init; }

    /// <summary>Not null when nothing more is to be asked.</summary>
    public SurveyFinding? Finding { get; init; }
}

/// <summary>What is known of where a domain's mail goes and what each host has to show, with all that it stands on.</summary>
public sealed record SurveyFinding
{
    public required MailRoute Route { get; init; }

    /// <summary>In the order in which they are tried; those beyond <see cref="SurveyCase.MostHosts"/> are missing.</summary>
    public required ImmutableArray<HostVerdict> Hosts { get; init; }

    /// <summary>Not null: there is no host to try, and that is what the client is told.</summary>
    public required SmtpRefusal? Refusal { get; init; }

    /// <summary>What MTA-STS says; null: nobody asked.</summary>
    public required StsFinding? Sts { get; init; }

    /// <summary>What is to be remembered of it.</summary>
    public required StsMemory? Memory { get; init; }

    /// <summary>The policy that is held holds, and should be fetched again when there is time for it.</summary>
    public required bool WantsRefresh { get; init; }

    /// <summary>Every look-up, in the order of the answers.</summary>
    public required ImmutableArray<DnsReply> Replies { get; init; }

    /// <summary>What came of the request for a policy; null: none was made.</summary>
    public required StsFetchResult? Policy { get; init; }

    /// <summary>Each rule once, in the order in which they fired: those of the route, then those of each host.</summary>
    public ImmutableArray<FiredRule> Rules => [.. Route.Rules.Concat(Hosts.SelectMany(host => host.Rules)).Distinct()];
}
