using System.Collections.Immutable;
using Postern.Interop.LibSsl;
using Postern.Protocols;

namespace Postern.Engine.Upstream;

/// <summary>How a gate speaks TLS with its backends. There is no other way to them: nothing falls back to plain text.</summary>
/// <param name="Mode">Implicit or StartTls.</param>
/// <param name="Client">Whom to trust, and what to offer.</param>
/// <param name="Names">The reference identifiers: the gate's own backend's, then each route's.</param>
public sealed record BackendTls(TlsMode Mode, TlsClient Client, ImmutableArray<string> Names)
{
    /// <summary>Whom the certificate must be for; −1 is the gate's own backend.</summary>
    public string NameOf(int route) => Names[route + 1];
}
