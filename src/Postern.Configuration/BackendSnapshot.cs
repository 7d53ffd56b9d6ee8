using System.Collections.Immutable;
using Postern.Configuration.Forms;

namespace Postern.Configuration;

/// <summary>What the dialer of a generation needs: the backends, and nothing else of the configuration.</summary>
public sealed record BackendSnapshot
{
    /// <summary>For each gate, in the order of <see cref="Snapshot.Gates"/>: the addresses of its own backend, then those of each route.</summary>
    public required ImmutableArray<ImmutableArray<ImmutableArray<ResolvedAddress>>> Gates { get; init; }

    /// <summary>For each gate the ports of the hosts in the world that it leads to.</summary>
    public ImmutableArray<OutboundPorts> OutboundPorts { get; init; } = [];

    /// <summary>Hosts in the world may be in private networks, and in this machine.</summary>
    public bool AllowsPrivate { get; init; }

    public byte[] Write() => Form.Write(this, OutwardForm.Backends);

    /// <summary>Reads what <see cref="Write"/> wrote; the supervisor is trusted, so a failure is a bug and throws.</summary>
    public static BackendSnapshot Read(ReadOnlySpan<byte> bytes) => Form.Read<BackendSnapshot>(bytes, OutwardForm.Backends);
}
