using System.Collections.Immutable;
using System.Text.Json;

namespace Postern.Roles.Ipc;

/// <summary>Lists in the JSON that posternd writes without a serializer (docs/adr/0031-reader.md).</summary>
internal static class JsonList
{
    public static void Write<T>(Utf8JsonWriter json, string name, ImmutableArray<T> list, Action<Utf8JsonWriter, T> each)
        where T : class
    {
        json.WriteStartArray(name);
        foreach (T element in list)
            each(json, element);
        json.WriteEndArray();
    }

    public static void Write(Utf8JsonWriter json, string name, ImmutableArray<string> texts) =>
        Write(json, name, texts, static (writer, text) => writer.WriteStringValue(text));
}
