using System.Collections.Immutable;
using System.Net;

namespace Postern.Interop.LibUnbound;

/// <summary>How libunbound resolves and whom it trusts.</summary>
public sealed record UnboundSettings
{
    /// <summary>
    /// Zones that nobody has in the public DNS (RFC 6761, RFC 8375) and many have in their own: for whoever names a forwarder, since
    /// it knows best what is in them.
    /// </summary>
    private static readonly ImmutableArray<string> ZonesOfOperators = ["test.", "home.arpa."];

    /// <summary>
    /// Where the root's keys are kept current (RFC 5011): libunbound writes it, and another file beside it for a moment. It is made
    /// from <see cref="RootAnchors"/> when it is not there. Null: the built-in keys, as they are.
    /// </summary>
    public string? RootKeyFile { get; init; }

    /// <summary>Anchors of the operator's in place of the root's (DS or DNSKEY, a zone file); null: none.</summary>
    public string? AnchorFile { get; init; }

    /// <summary>The same as text, of a file that was read before; null: none.</summary>
    public string? AnchorText { get; init; }

    /// <summary>Who is asked for everything; null: the servers of the domains themselves, from the root down.</summary>
    public IPEndPoint? Forwarder { get; init; }

    /// <summary>
    /// Names that libunbound answers by itself, always with "no such name", and is not to: <c>test.</c> and its like, where the
    /// operator has them in his own DNS.
    /// </summary>
    public ImmutableArray<string> OwnZones { get; init; } = [];

    /// <param name="forwarder">As <see cref="Forwarder"/>; where there is one, it is asked for <see cref="ZonesOfOperators"/> too.</param>
    public static UnboundSettings By(IPEndPoint? forwarder) => new() { Forwarder = forwarder, OwnZones = forwarder is null ? [] : ZonesOfOperators };
}
