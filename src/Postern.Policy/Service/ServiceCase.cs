using System.Collections.Immutable;
using Postern.Policy.Dane;
using Postern.Policy.Dns;
using Postern.Policy.Operator;
using Postern.Policy.Rules;

namespace Postern.Policy.Service;

/// <summary>All that is known of a domain's servers so far. What a <see cref="ServiceStep"/> asks for is added, and the survey is made again.</summary>
public sealed record ServiceCase
{
    /// <summary>What the stream's <c>to</c> says.</summary>
    public required DnsName Domain { get; init; }

    public required DateTimeOffset Now { get; init; }

    /// <summary>The operator's own rows. Lists that he imported are about mail, and not among them.</summary>
    public OperatorTable Table { get; init; } = OperatorTable.Empty;

    /// <summary>What holds where nothing else does; <see cref="Requirement.Pin"/> is no default.</summary>
    public Requirement Default { get; init; } = Requirement.None;

    /// <summary>Servers may be in private networks (<see cref="PublicAddress"/>).</summary>
    public bool DialsPrivateHosts { get; init; } = true;

    /// <summary>Records that OpenSSL would not take, of any server.</summary>
    public ImmutableArray<TlsaRecord> Refused { get; init; } = [];

    /// <summary>This machine speaks it: AAAA is asked for.</summary>
    public bool HasV6 { get; init; } = true;

    /// <summary>This machine speaks it: A is asked for.</summary>
    public bool HasV4 { get; init; } = true;

    /// <summary>Draws among servers of one priority by their weight, the same way for the same number; 0: the heavier one first.</summary>
    public ulong Mix { get; init; }

    /// <summary>What the DNS said so far, in any order.</summary>
    public ImmutableArray<DnsReply> Replies { get; init; } = [];
}

/// <summary>What is to be looked up next, all at once, or what was found.</summary>
public sealed record ServiceStep
{
    /// <summary>Without what was asked before.</summary>
    public ImmutableArray<DnsQuestion> Ask { get; init; } = [];

    /// <summary>Not null when nothing more is to be asked.</summary>
    public ServiceFinding? Finding { get; init; }
}

/// <summary>Which servers a domain has and what each has to show, with all that it stands on.</summary>
/// <param name="Targets">In the order in which they are tried; those that are passed over are among them.</param>
/// <param name="Refusal">Not null: there is nobody to try, and that is what the client is told.</param>
/// <param name="Rules">Each once, in the order in which they fired.</param>
/// <param name="Replies">Every look-up, in the order of the answers.</param>
public sealed record ServiceFinding(
    ImmutableArray<ServiceTarget> Targets, ServiceRefusal? Refusal, ImmutableArray<FiredRule> Rules, ImmutableArray<DnsReply> Replies);
