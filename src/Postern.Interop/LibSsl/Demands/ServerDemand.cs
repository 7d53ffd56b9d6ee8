using System.Collections.Immutable;
using System.Net;

namespace Postern.Interop.LibSsl.Demands;

/// <summary>How a server proves that it is the right one.</summary>
internal enum ServerProof
{
    /// <summary>It need not.</summary>
    None,

    /// <summary>A chain to somebody whom the <see cref="TlsClient"/> trusts, in its dates, for one of the names.</summary>
    Chain,

    /// <summary>It has one of the keys that are known; names, dates and who signed it do not count.</summary>
    Key,

    /// <summary>A match with one of the TLSA records.</summary>
    Dane,
}

/// <summary>
/// What one server has to show in one handshake. OpenSSL enforces it inside the handshake: a server that falls short gets an
/// alert and no Finished. What is only <see cref="Watched"/>, and who may be <see cref="Anybody"/>, never makes an
/// <see cref="AuthenticatedPeer"/>.
/// </summary>
public sealed class ServerDemand
{
    private const byte DaneEe = 3;
    private const byte PublicKey = 1;
    private const byte Sha256 = 1;

    private ServerDemand(ServerProof proof, string serverName) => (Proof, ServerName) = (proof, serverName);

    /// <summary>For the SNI; of an IP address there is none (RFC 6066 §3). Empty: none either.</summary>
    public string ServerName { get; }

    /// <summary>Reference identifiers, the chief one first; any one in the certificate is enough.</summary>
    public ImmutableArray<string> Names { get; private init; } = [];

    /// <summary>TLSA records; a match with any one is enough.</summary>
    public ImmutableArray<DaneRecord> Records { get; private init; } = [];

    /// <summary>A server that falls short is refused. False: it is talked to all the same, and <see cref="TlsChannel.PeerFault"/> says in what.</summary>
    public bool IsEnforced { get; private init; } = true;

    internal ServerProof Proof { get; }

    /// <summary>Whoever passes it is authenticated.</summary>
    internal bool Authenticates => Proof != ServerProof.None && IsEnforced;

    /// <summary>TLS with whoever answers: against those who only listen.</summary>
    public static ServerDemand Anybody(string serverName) => new(ServerProof.None, serverName);

    /// <param name="serverName">For the SNI.</param>
    /// <param name="names">DNS names, or one IP address.</param>
    public static ServerDemand Chain(string serverName, params ImmutableArray<string> names)
    {
        CheckNames(names);

        // OpenSSL wants an address and a name both, where it has both; any one is what is promised here.
        if (names.Length > 1 && names.Any(name => IPAddress.TryParse(name, out _)))
            throw new ArgumentException("An IP address stands alone.", nameof(names));
        return new ServerDemand(ServerProof.Chain, serverName) { Names = names };
    }

    /// <summary>A pin is a TLSA record 3 1 1 that the operator publishes: one way of matching serves both (RFC 7671 §5.1).</summary>
    /// <param name="name">For the SNI, and what the peer is called.</param>
    /// <param name="pins">As <see cref="TlsClientSettings.Pins"/>.</param>
    public static ServerDemand Keys(string name, ImmutableArray<byte[]> pins)
    {
        if (pins.IsEmpty || pins.Any(pin => pin.Length != TlsClientSettings.PinLength))
            throw new ArgumentException("No pin, or one that is no SHA-256.", nameof(pins));
        return new ServerDemand(ServerProof.Key, name)
        {
            Names = [name],
            Records = [.. pins.Select(pin => new DaneRecord(DaneEe, PublicKey, Sha256, [.. pin]))],
        };
    }

    /// <param name="serverName">RFC 7672 §8.1: the TLSA base domain.</param>
    /// <param name="names">For usages 0 to 2: the base domain first (RFC 7672 §3.2.2). Usage 3 has no use for them.</param>
    /// <param name="records">
    /// One at least. Where there is none of use, somebody has to decide what else is demanded: it is not decided here, since the
    /// one answer that could be given is no authentication at all.
    /// </param>
    public static ServerDemand Dane(string serverName, ImmutableArray<string> names, ImmutableArray<DaneRecord> records)
    {
        CheckNames(names);
        if (records.IsEmpty)
            throw new ArgumentException("DANE without a record.", nameof(records));
        return new ServerDemand(ServerProof.Dane, serverName) { Names = names, Records = records };
    }

    /// <summary>The same, verified and not enforced.</summary>
    public ServerDemand Watched() => new(Proof, ServerName) { Names = Names, Records = Records, IsEnforced = false };

    /// <summary>To OpenSSL no name is any name, and one with a dot before it is every name below.</summary>
    private static void CheckNames(ImmutableArray<string> names)
    {
        if (names.IsEmpty || names.Any(name => name.Length == 0 || name[0] == '.'))
            throw new ArgumentException("No name, or one that is none.", nameof(names));
    }
}
