using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Postern.Configuration;

/// <summary>What is wrong with one key on a token.</summary>
/// <param name="Key">Its place in <see cref="KeySnapshot.Keys"/>.</param>
public sealed record TokenProblem(int Key, string Message);

/// <summary>What a process that tried the tokens found (docs/protocol/keys.md). Empty: every key signs, and belongs to its certificate.</summary>
public sealed record TokenReport(ImmutableArray<TokenProblem> Problems)
{
    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, TokenReportJson.Default.TokenReport);

    /// <summary>Null when it is none: the process that wrote it had a vendor's library in it.</summary>
    public static TokenReport? Read(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, TokenReportJson.Default.TokenReport) is { Problems.IsDefault: false } report ? report : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSerializable(typeof(TokenReport))]
internal sealed partial class TokenReportJson : JsonSerializerContext;
