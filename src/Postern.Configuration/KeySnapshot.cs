using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Postern.Configuration;

/// <summary>What the key agent of a generation needs, and nobody else may have.</summary>
public sealed record KeySnapshot
{
    /// <summary>Who it is to be.</summary>
    public required string User { get; init; }

    /// <summary>The private keys, in the order of <see cref="Snapshot.Certificates"/>: a key's place is its number.</summary>
    public required ImmutableArray<KeySource> Keys { get; init; }

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, KeySnapshotJson.Default.KeySnapshot);

    /// <summary>Reads what <see cref="Write"/> wrote; the supervisor is trusted, so a failure is a bug and throws.</summary>
    public static KeySnapshot Read(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, KeySnapshotJson.Default.KeySnapshot) ?? throw new JsonException("empty snapshot");
}

/// <summary>One private key: its PEM, or where it is.</summary>
public sealed record KeySource
{
    /// <summary>Empty for a key on a token.</summary>
    public byte[] Pem { get; init; } = [];

    public TokenKey? Token { get; init; }

    /// <summary>The certificate that a key on a token must belong to; empty for others, which were compared when they were read.</summary>
    public byte[] ChainPem { get; init; } = [];
}

[JsonSerializable(typeof(KeySnapshot))]
internal sealed partial class KeySnapshotJson : JsonSerializerContext;
