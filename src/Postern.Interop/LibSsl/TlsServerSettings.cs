using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Postern.Interop.LibSsl.Tickets;

namespace Postern.Interop.LibSsl;

/// <summary>A certificate with its issuers as PEM text, and its key: as PEM text too, or as the number by which the key agent knows it.</summary>
public sealed record TlsCertificate(byte[] ChainPem, byte[] KeyPem)
{
    private const int None = -1;

    public TlsCertificate(byte[] chainPem, int keyNumber)
        : this(chainPem, []) => KeyNumber = keyNumber;

    /// <summary>For <see cref="Keys.IKeyAgent"/>; negative when the key is here.</summary>
    public int KeyNumber { get; } = None;

    /// <summary>What a key that is here is under; empty for none.</summary>
    public byte[] Passphrase { get; init; } = [];
}

public enum ClientCertificateMode
{
    None,

    /// <summary>Asked for; a certificate that does not verify is refused, none at all is accepted.</summary>
    Request,
    Require,
}

/// <summary>What a gate chose for a ClientHello.</summary>
/// <param name="CertificateSet">Index into <see cref="TlsServerSettings.CertificateSets"/>; −1 refuses with unrecognized_name.</param>
/// <param name="Route">Index of the route taken; −1 is the gate's own backend.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ServerNameChoice(int CertificateSet, int Route);

/// <summary>Decides by the name that a client asks for. Called inside a handshake; must not throw or keep the span.</summary>
public interface IServerNameChooser
{
    /// <param name="serverName">Lower case ASCII; empty when the client sent none, or none that is a host name.</param>
    ServerNameChoice Choose(ReadOnlySpan<char> serverName);
}

/// <summary>Everything that decides a TLS handshake at one gate.</summary>
public sealed record TlsServerSettings
{
    /// <summary>
    /// 32 bytes that stand for everything a session was admitted under (the gate, how it asks for client certificates):
    /// a session of another policy is not resumed (S7).
    /// </summary>
    public required byte[] SessionPolicy { get; init; }

    /// <summary>Sets of certificates; each set holds at most one of each key type, and serves the same names.</summary>
    public required ImmutableArray<ImmutableArray<TlsCertificate>> CertificateSets { get; init; }

    public required IServerNameChooser ServerNames { get; init; }

    /// <summary>ALPN protocol identifiers accepted, in our order of preference.</summary>
    public required ImmutableArray<string> Alpn { get; init; }

    /// <summary>A client that offers ALPN and matches nothing gets no_application_protocol, even when the list is empty.</summary>
    public required bool StrictAlpn { get; init; }

    public required bool Tls13Only { get; init; }

    public required ClientCertificateMode ClientCertificates { get; init; }

    /// <summary>PEM certificates of the authorities for client certificates; empty when none is asked for.</summary>
    public byte[] ClientCaPem { get; init; } = [];

    /// <summary>Certificates of clients are those that they show as servers: the purpose that they were signed for is not looked at.</summary>
    public bool ClientsAreServers { get; init; }

    /// <summary>Which of the clients that verify are let in; null: all.</summary>
    public ClientAllowList? ClientAllowList { get; init; }

    /// <summary>Whoever has the ticket keys. Null: no tickets and no sessions at all, each handshake is a full one.</summary>
    public required ITicketKeySource? Tickets { get; init; }

    /// <summary>Seconds: how long a ticket is good, and how long its keys seal.</summary>
    public required int TicketLifetime { get; init; }
}
