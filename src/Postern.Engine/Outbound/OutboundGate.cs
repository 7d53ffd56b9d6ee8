using System.Collections.Immutable;
using Postern.Engine.Upstream;
using Postern.Protocols.Xmpp;

namespace Postern.Engine.Outbound;

/// <summary>What a gate to the world has in place of a backend.</summary>
/// <param name="Port">Where the hosts listen that mail goes to: 25. 0 where the DNS says it (XMPP), and where nothing goes.</param>
/// <param name="Verifier">Judges them, and shows them no certificate.</param>
public sealed record OutboundGate(int Port, HopVerifier Verifier)
{
    /// <summary>The address that our reports on TLS come from; empty: none are sent.</summary>
    public string ReportSender { get; init; } = "";

    /// <summary>The certificates that are shown to servers of XMPP, in the operator's order.</summary>
    public ImmutableArray<ShownIdentity> Identities { get; init; } = [];

    public ServiceTimes Times { get; init; } = ServiceTimes.Standard;

    /// <summary>
    /// With the certificate of the domain that the stream comes from. Where there is none, none is shown: another domain's would prove
    /// nothing (XEP-0178 §3), and say who lives under the same roof.
    /// </summary>
    /// <param name="origin">As the stream's header has it, checked; null: it did not say.</param>
    public HopVerifier VerifierFor(string? origin) =>
        (origin is null ? null : Identities.FirstOrDefault(identity => identity.Names.Any(name => DomainName.Matches(origin, name))))?.Verifier ?? Verifier;
}

/// <summary>A certificate of ours, with which a server in the world can know us.</summary>
/// <param name="Names">DNS names in it, lower case; <c>*.example.org</c> for a wildcard.</param>
/// <param name="Verifier">Judges servers as the gate's own does, and shows them this.</param>
public sealed record ShownIdentity(ImmutableArray<string> Names, HopVerifier Verifier);
