using System.Collections.Immutable;
using Postern.Policy.Dane;
using Postern.Policy.Dns;
using Postern.Policy.Ratchet;
using Postern.Policy.Rules;
using Postern.Policy.TlsRpt;

namespace Postern.Policy.Decision;

/// <summary>Whose word a verdict is.</summary>
public enum PolicySource
{
    Operator,
    Dane,
    MtaSts,
    Default,
}

/// <summary>What is decided for one host of one domain.</summary>
public sealed record HostVerdict
{
    public required DnsName Domain { get; init; }

    public required DnsName Host { get; init; }

    /// <summary>Whom to dial.</summary>
    public required HostAddresses Addresses { get; init; }

    public required PolicySource Source { get; init; }

    /// <summary>What the connection has to show, or no mail goes there. Nothing is demanded of a host that is not tried.</summary>
    public required TlsDemand Demand { get; init; }

    /// <summary>What is verified besides and only reported (RFC 8461 §5, <c>testing</c>); null: nothing.</summary>
    public TlsDemand? Watch { get; init; }

    /// <summary>What a connection that meets the demand is worth.</summary>
    public required AssuredLevel Level { get; init; }

    /// <summary>That it is a host of the domain is known by DNSSEC, MTA-STS or the operator.</summary>
    public required bool MxAuthenticated { get; init; }

    /// <summary>Not null: this host is not tried, and if no other is left, that is why. Permanent for REQUIRETLS alone.</summary>
    public SmtpRefusal? Refusal { get; init; }

    /// <summary>Under which policy the session is counted.</summary>
    public required ReportedPolicy Report { get; init; }

    /// <summary>A failure that is known before anybody is dialled.</summary>
    public ResultType? Failure { get; init; }

    /// <summary>The domain had more once; null: it had not. An alarm, and a refusal when the operator says so.</summary>
    public RatchetLoss? Loss { get; init; }

    /// <summary>The sender demands REQUIRETLS: what falls short goes back to him (<see cref="RequireTls.RequireTlsRule"/>).</summary>
    public bool SenderRequiresTls { get; init; }

    public required ImmutableArray<FiredRule> Rules { get; init; }

    public bool IsSkipped => Refusal is not null;

    /// <summary>What whoever connects has to know of it.</summary>
    public HopCase Hop => new()
    {
        Domain = Domain,
        Host = Host,
        Addresses = [.. Addresses.Addresses.Take(HopCase.MaxAddresses)],
        Source = Source,
        Demand = Demand,
        Watch = Watch,
        MxAuthenticated = MxAuthenticated,
        SenderRequiresTls = SenderRequiresTls,
        Refusal = Refusal,
    };

    /// <summary>As <see cref="HopCase.RefusalFor"/>.</summary>
    public SmtpRefusal RefusalFor(TlsFailure failure) => Hop.RefusalFor(failure);
}

/// <summary>What is to be looked up next, or the verdict.</summary>
public sealed record HostStep
{
    private HostStep()
    {
    }

    /// <summary>Null when it is decided.</summary>
    public Question? Ask { get; private init; }

    public HostVerdict? Verdict { get; private init; }

    internal static HostStep Next(Question question) => new() { Ask = question };

    internal static HostStep Done(HostVerdict verdict) => new() { Verdict = verdict };
}
