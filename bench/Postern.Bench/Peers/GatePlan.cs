using Postern.Bench.Load;

namespace Postern.Bench.Peers;

internal enum Front
{
    /// <summary>TLS from the first byte, whatever is inside.</summary>
    Tls,

    /// <summary>The same, by a peer that keeps its keys in a process of their own.</summary>
    KeyAgent,

    /// <summary>IMAP with STARTTLS.</summary>
    Imap,

    /// <summary>SMTP with STARTTLS.</summary>
    Smtp,
}

/// <summary>What a peer shall be configured for: one gate, on one port, before one backend.</summary>
internal sealed record GatePlan
{
    internal required string Directory { get; init; }
    internal required Front Front { get; init; }
    internal required int Port { get; init; }
    internal required int BackendPort { get; init; }
    internal required KeyKind Key { get; init; }
    internal required CertificateFiles Certificate { get; init; }

    /// <summary>False: full handshakes only, and no tickets sent where the peer can be told so.</summary>
    internal required bool Tickets { get; init; }

    internal required int Workers { get; init; }

    /// <summary>Connections at a time that the peer must be ready for.</summary>
    internal required int Connections { get; init; }

    internal string FileFor(string name) => Path.Combine(Directory, name);
}
