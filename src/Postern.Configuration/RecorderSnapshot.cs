using System.Text.Json;
using System.Text.Json.Serialization;

namespace Postern.Configuration;

/// <summary>What the recorder of a generation needs.</summary>
public sealed record RecorderSnapshot
{
    /// <summary>Absolute; <c>[policy] state</c>, below which it has a directory.</summary>
    public required string State { get; init; }

    /// <summary>How reports on TLS are made; null: none is.</summary>
    public ReportSnapshot? Reports { get; init; }

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, RecorderSnapshotJson.Default.RecorderSnapshot);

    /// <summary>Reads what <see cref="Write"/> wrote; the supervisor is trusted, so a failure is a bug and throws.</summary>
    public static RecorderSnapshot Read(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, RecorderSnapshotJson.Default.RecorderSnapshot) ?? throw new JsonException("empty snapshot");
}

[JsonSerializable(typeof(RecorderSnapshot))]
internal sealed partial class RecorderSnapshotJson : JsonSerializerContext;
