using System.Collections.Immutable;
using System.Net;
using Postern.Policy.Decision;
using Postern.Policy.Dns;

namespace Postern.Policy.Service;

/// <summary>One server of a domain's service, as whoever connects to it has to know it, and no more: it crosses a process boundary.</summary>
public sealed record ServiceTarget
{
    /// <summary>As SRV names it, or the domain itself where there is no SRV (RFC 6120 §3.2.2).</summary>
    public required DnsName Host { get; init; }

    public required int Port { get; init; }

    /// <summary>TLS from the first octet (<c>_xmpps-server</c>, XEP-0368); else STARTTLS.</summary>
    public required bool IsDirectTls { get; init; }

    /// <summary>Whom to dial, in this order.</summary>
    public required ImmutableArray<IPAddress> Addresses { get; init; }

    public required PolicySource Source { get; init; }

    /// <summary>Never less than <see cref="TlsProof.Encrypted"/>: between servers there is no XMPP in the clear (RFC 7590 §3.4).</summary>
    public required TlsDemand Demand { get; init; }

    /// <summary>Not null: it is not tried, and if no other is left, that is why.</summary>
    public ServiceRefusal? Refusal { get; init; }
}
