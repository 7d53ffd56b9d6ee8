using System.Collections.Immutable;
using Postern.Configuration.Forms;
using Postern.Interop.LibSsl.Certificates;

namespace Postern.Configuration;

/// <summary>What the key agent of a generation needs, and nobody else may have.</summary>
public sealed record KeySnapshot
{
    /// <summary>In the order of <see cref="Snapshot.Certificates"/>: a key's place is its number.</summary>
    public required ImmutableArray<AgentKey> Keys { get; init; }

    /// <summary>What session ticket keys are derived from: nobody else gets it.</summary>
    public required byte[] TicketSecret { get; init; }

    /// <summary>Seconds.</summary>
    public required int TicketLifetime { get; init; }

    /// <summary>For each gate, in the order of <see cref="Snapshot.Gates"/>: <see cref="LoadedGate.SessionPolicies"/>.</summary>
    public required ImmutableArray<ImmutableArray<byte[]>> SessionPolicies { get; init; }

    public byte[] Write() => Form.Write(this, KeyForm.Snapshot);

    /// <summary>Reads what <see cref="Write"/> wrote; the supervisor is trusted, so a failure is a bug and throws.</summary>
    public static KeySnapshot Read(ReadOnlySpan<byte> bytes) => Form.Read<KeySnapshot>(bytes, KeyForm.Snapshot);
}

/// <summary>What a key is there for. A key that signed as both could be made to speak for its owner as a client.</summary>
public enum KeyUse
{
    /// <summary>A gate's certificate.</summary>
    Server,

    /// <summary>A certificate that is shown to backends.</summary>
    Client,
}

/// <summary>A private key as the key agent gets it.</summary>
public sealed record AgentKey
{
    /// <summary>Empty for a key on a token.</summary>
    public required byte[] Pem { get; init; }

    /// <summary>Where it is when it is on a token.</summary>
    public TokenKey? Token { get; init; }

    /// <summary>The certificate that a key on a token must belong to; empty for others, which were compared when they were read.</summary>
    public byte[] ChainPem { get; init; } = [];

    /// <summary>Empty for a key without one.</summary>
    public byte[] Passphrase { get; init; } = [];

    public required KeyUse Use { get; init; }

    /// <summary>With <see cref="Bits"/>, how much locked memory it needs.</summary>
    public required KeyKind Kind { get; init; }

    public required int Bits { get; init; }
}
