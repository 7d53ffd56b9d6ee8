using System.Runtime.InteropServices;
using Postern.Engine.Connections;
using Postern.Interop.LibC;

namespace Postern.Engine.Logging;

/// <summary>
/// What the log says of a connection when it ends. Texts of a peer (<see cref="ServerName"/>, <see cref="Detail"/>)
/// are raw here: the writers escape them.
/// </summary>
[StructLayout(LayoutKind.Auto)]
public readonly ref struct ConnectionRecord
{
    public required string Gate { get; init; }

    public required string Protocol { get; init; }

    public required Endpoint Client { get; init; }

    public required string? ServerName { get; init; }

    public required string? Alpn { get; init; }

    /// <summary>Null when TLS was not established.</summary>
    public required string? TlsVersion { get; init; }

    public required string? Cipher { get; init; }

    public required bool Resumed { get; init; }

    /// <summary>Of a gate for XMPP to the world: whom the stream is for, in ASCII; null where none was said, and of all others.</summary>
    public string? Domain { get; init; }

    /// <summary>Null when none was dialled.</summary>
    public required string? Backend { get; init; }

    /// <summary>Version, cipher suite and name of the backend that was verified; null without TLS.</summary>
    public required string? BackendTls { get; init; }

    /// <summary>Plain bytes from the client to the backend.</summary>
    public required long BytesIn { get; init; }

    /// <summary>Plain bytes from the backend to the client.</summary>
    public required long BytesOut { get; init; }

    public required long Milliseconds { get; init; }

    public required Stage Stage { get; init; }

    public required Outcome Outcome { get; init; }

    /// <summary>More about the outcome; empty when there is no more to say.</summary>
    public required string Detail { get; init; }
}
