using System.Collections.Immutable;
using Postern.Interop.LibSsl;
using Postern.Protocols;

namespace Postern.Engine.Upstream;

/// <summary>How a gate speaks TLS with its backends. There is no other way to them: nothing falls back to plain text.</summary>
/// <param name="Client">Whom to trust, and what to offer.</param>
/// <param name="Modes">Implicit or StartTls: of the gate's own backend, then of each route's.</param>
/// <param name="Names">The reference identifiers, in the same order.</param>
public sealed record BackendTls(TlsClient Client, ImmutableArray<TlsMode> Modes, ImmutableArray<string> Names)
{
    /// <summary>Not null: each connection asks what the backend must show by DANE, and this makes a demand of the answer.</summary>
    public HopVerifier? Dane { get; init; }

    /// <summary>How TLS comes to it; −1 is the gate's own backend.</summary>
    public TlsMode ModeOf(int route) => Modes[route + 1];

    /// <summary>Whom the certificate must be for; −1 is the gate's own backend.</summary>
    public string NameOf(int route) => Names[route + 1];
}
