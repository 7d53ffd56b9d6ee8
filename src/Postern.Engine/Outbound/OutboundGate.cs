using Postern.Engine.Upstream;

namespace Postern.Engine.Outbound;

/// <summary>What a gate to the world has in place of a backend.</summary>
/// <param name="Port">Where the hosts listen that mail goes to: 25.</param>
/// <param name="Verifier">Judges them.</param>
public sealed record OutboundGate(int Port, HopVerifier Verifier)
{
    /// <summary>The address that our reports on TLS come from; empty: none are sent.</summary>
    public string ReportSender { get; init; } = "";
}
