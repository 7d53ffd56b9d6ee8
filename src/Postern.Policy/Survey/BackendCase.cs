using System.Collections.Immutable;
using Postern.Policy.Dane;
using Postern.Policy.Decision;
using Postern.Policy.Dns;

namespace Postern.Policy.Survey;

/// <summary>A server that the operator has chosen and that DANE must prove, and all that is known of it so far.</summary>
public sealed record BackendCase
{
    /// <summary>Below whose name the TLSA records stand (RFC 6698 §3).</summary>
    public required DnsName Host { get; init; }

    public required int Port { get; init; }

    /// <summary>The SRV name by which the host was found, as <c>_imaps._tcp.example.org</c>; null: the operator named the host.</summary>
    public DnsName? Service { get; init; }

    /// <summary>The domain that the operator named, where there is a service.</summary>
    public DnsName? Domain { get; init; }

    /// <summary>The service had no SRV record, so that the host is the domain itself (RFC 6120 §3.2.2).</summary>
    public bool IsFallback { get; init; }

    /// <summary>RFC 7672 §3.1.3: usages 0 and 1 do not count.</summary>
    public bool IsSmtp { get; init; }

    /// <summary>Records that OpenSSL would not take.</summary>
    public ImmutableArray<TlsaRecord> Refused { get; init; } = [];

    /// <summary>What the DNS said so far, in any order.</summary>
    public ImmutableArray<DnsReply> Replies { get; init; } = [];
}

/// <summary>What is to be looked up next, or what was found.</summary>
public sealed record BackendStep
{
    public ImmutableArray<DnsQuestion> Ask { get; init; } = [];

    /// <summary>Not null when nothing more is to be asked.</summary>
    public BackendFinding? Finding { get; init; }
}

/// <summary>What a server has to show, or why it cannot show anything.</summary>
/// <param name="Demand">Always of DANE; null: the server is not to be talked to.</param>
/// <param name="Reason">Why there is no demand, as the end of a sentence, in our words; empty where there is one.</param>
/// <param name="Replies">Every look-up, in the order of the answers.</param>
public sealed record BackendFinding(TlsDemand? Demand, string Reason, ImmutableArray<DnsReply> Replies)
{
    /// <summary>An answer was missing: another time it may be there.</summary>
    public bool HasFailed => Replies.Any(reply => !reply.IsAnswer);
}
