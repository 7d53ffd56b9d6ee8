using System.Collections.Immutable;
using System.Text.Json;

namespace Postern.Policy.Rules;

/// <summary>Takes values out of JSON of others. What is not there or is of another kind is a null, never an exception.</summary>
internal static class JsonText
{
    /// <summary>Reports have six levels, lists four.</summary>
    private const int MaxDepth = 16;

    /// <summary>The longest text that is taken.</summary>
    public const int MaxText = 4096;

    /// <summary>Commas at the end are no JSON, but the example of the STARTTLS Everywhere list has them.</summary>
    public static JsonDocument? Parse(ReadOnlyMemory<byte> bytes, bool trailingCommas = false)
    {
        try
        {
            return JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = MaxDepth, AllowTrailingCommas = trailingCommas });
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static JsonElement? Child(JsonElement parent, string name, JsonValueKind kind) =>
        Child(parent, name) is { } child && child.ValueKind == kind ? child : null;

    /// <summary>Whether it is there, of whatever kind.</summary>
    public static bool Has(JsonElement parent, string name) => Child(parent, name) is not null;

    public static string? Text(JsonElement parent, string name) =>
        Child(parent, name, JsonValueKind.String) is { } child ? Text(child) : null;

    public static string? Text(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String)
            return null;
        try
        {
            return element.GetString() is { Length: <= MaxText } text ? text : null;
        }
        catch (InvalidOperationException)
        {
            // Half of a pair of surrogates: legal JSON, and no text.
            return null;
        }
    }

    /// <summary>A count.</summary>
    public static long? Number(JsonElement parent, string name) =>
        Child(parent, name, JsonValueKind.Number) is { } child && child.TryGetInt64(out long number) && number >= 0 ? number : null;

    /// <summary>A list of texts, or one text in place of a list.</summary>
    /// <returns>Empty when it is not there; null when it is there and something else, or longer than allowed.</returns>
    public static ImmutableArray<string>? Texts(JsonElement parent, string name, int most)
    {
        if (Text(parent, name) is { } single)
            return [single];
        if (Child(parent, name, JsonValueKind.Array) is not { } array)
            return Child(parent, name) is null or { ValueKind: JsonValueKind.Null } ? [] : null;
        if (array.GetArrayLength() > most)
            return null;

        var texts = ImmutableArray.CreateBuilder<string>();
        foreach (JsonElement element in array.EnumerateArray())
        {
            if (Text(element) is not { } text)
                return null;
            texts.Add(text);
        }

        return texts.ToImmutable();
    }

    private static JsonElement? Child(JsonElement parent, string name)
    {
        if (parent.ValueKind != JsonValueKind.Object)
            return null;
        try
        {
            return parent.TryGetProperty(name, out JsonElement child) ? child : null;
        }
        catch (InvalidOperationException)
        {
            // The name of a neighbour is no Unicode ("\ud800").
            return null;
        }
    }
}
