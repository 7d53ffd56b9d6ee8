namespace Postern.Engine.Gates;

/// <summary>
/// Names and wildcards to numbers: exact first, then the wildcard whose one label it takes (RFC 9525 §6.3: "*" is the
/// whole left-most label and stands for exactly one). The first entry of a name wins.
/// </summary>
public sealed class NameTable
{
    private readonly Dictionary<string, int> _exact = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _wildcard = new(StringComparer.Ordinal);

    public void Add(string name, int value)
    {
        ArgumentNullException.ThrowIfNull(name);
#pragma warning disable CA1308 // Host names are compared in lower case, as certificates and clients write them.
        name = name.ToLowerInvariant().TrimEnd('.');
#pragma warning restore CA1308
        if (name.StartsWith("*.", StringComparison.Ordinal))
            _ = _wildcard.TryAdd(name[2..], value);
        else
            _ = _exact.TryAdd(name, value);
    }

    /// <summary>The number of this lower case name, or <paramref name="otherwise"/>. Does not allocate.</summary>
    public int Find(ReadOnlySpan<char> name, int otherwise)
    {
        if (name.IsEmpty)
            return otherwise;
        if (_exact.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out int value))
            return value;

        int dot = name.IndexOf('.');
        return dot > 0 && _wildcard.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name[(dot + 1)..], out value)
            ? value
            : otherwise;
    }
}
