using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Postern.Configuration;

/// <summary>
/// Where each key of the file stands, so that what is found out later (a file that is missing, a port in use) can
/// still be said at its line. Keys are named as in <see cref="ConfigurationProblem.Key"/>.
/// </summary>
public sealed class SourceMap
{
    private readonly FrozenDictionary<string, Position> _places;

    internal SourceMap(string file, IEnumerable<KeyValuePair<string, Position>> places)
    {
        File = file;
        _places = places.DistinctBy(place => place.Key).ToFrozenDictionary();
    }

    /// <summary>For settings that were not read from a file.</summary>
    public static SourceMap Empty { get; } = new("", ImmutableArray<KeyValuePair<string, Position>>.Empty);

    public string File { get; }

    /// <summary>The place of the key, or of the nearest table around it that was written down.</summary>
    public Position Find(string key)
    {
        for (string path = key; path.Length > 0; path = Outer(path))
        {
            if (_places.TryGetValue(path, out Position at))
                return at;
        }

        return Position.None;
    }

    private static string Outer(string path)
    {
        // "gate[a.b].listen[2]" -> "gate[a.b].listen" -> "gate[a.b]" -> "gate": a dot inside brackets belongs to a name.
        int end = path.EndsWith(']') ? path.LastIndexOf('[') : path.LastIndexOf('.');
        return end < 0 ? "" : path[..end];
    }
}
