using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Postern.Configuration;

/// <summary>What the key agent of a generation needs, and nobody else may have.</summary>
public sealed record KeySnapshot
{
    /// <summary>PEM of the private keys, in the order of <see cref="Snapshot.Certificates"/>: a key's place is its number.</summary>
    public required ImmutableArray<byte[]> Keys { get; init; }

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, KeySnapshotJson.Default.KeySnapshot);

    /// <summary>Reads what <see cref="Write"/> wrote; the supervisor is trusted, so a failure is a bug and throws.</summary>
    public static KeySnapshot Read(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, KeySnapshotJson.Default.KeySnapshot) ?? throw new JsonException("empty snapshot");
}

[JsonSerializable(typeof(KeySnapshot))]
internal sealed partial class KeySnapshotJson : JsonSerializerContext;
