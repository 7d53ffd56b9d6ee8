using System.Collections.Immutable;

namespace Postern.Configuration.Toml;

/// <summary>A value of the file and the place where it begins.</summary>
internal abstract class TomlValue(Position at)
{
    public Position At { get; } = at;

    /// <summary>What it is, in a sentence: "expected …, found a number".</summary>
    public abstract string Kind { get; }
}

internal sealed class TomlText(string text, Position at) : TomlValue(at)
{
    public string Text { get; } = text;

    public override string Kind => "a string";
}

internal sealed class TomlNumber(long number, Position at) : TomlValue(at)
{
    public long Number { get; } = number;

    public override string Kind => "a number";
}

internal sealed class TomlFlag(bool flag, Position at) : TomlValue(at)
{
    public bool Flag { get; } = flag;

    public override string Kind => "true or false";
}

/// <summary>A date, or a date and a time. What names no offset is in UTC; a date alone is its first moment.</summary>
internal sealed class TomlDate(DateTimeOffset time, Position at) : TomlValue(at)
{
    public DateTimeOffset Time { get; } = time;

    public override string Kind => "a date";
}

/// <summary>A kind of value that no key takes: a fraction, a time without a date.</summary>
internal sealed class TomlOther(string kind, Position at) : TomlValue(at)
{
    public override string Kind { get; } = kind;
}

internal sealed class TomlList(Position at) : TomlValue(at)
{
    public List<TomlValue> Items { get; } = [];

    /// <summary>Written as <c>[[name]]</c>, so that a further header adds to it.</summary>
    public bool FromHeaders { get; init; }

    public override string Kind => "a list";
}

/// <summary>A key as it stands in its table.</summary>
internal sealed record TomlEntry(string Key, Position At, TomlValue Value);

internal sealed class TomlTable(Position at, string path) : TomlValue(at)
{
    private readonly Dictionary<string, TomlEntry> _entries = [];

    /// <summary>The keys that lead here, as in <c>gate[#2].route</c>; empty for the file itself.</summary>
    public string Path { get; } = path;

    /// <summary>Has a header of its own; a second one is an error. Tables that only lie on the way to one have none.</summary>
    public bool HasHeader { get; set; }

    /// <summary>Written as <c>{ … }</c>: complete where it stands.</summary>
    public bool IsInline { get; init; }

    public IReadOnlyCollection<TomlEntry> Entries => _entries.Values;

    public override string Kind => "a table";

    public string PathOf(string key) => Path.Length == 0 ? Quoted.Escape(key) : $"{Path}.{Quoted.Escape(key)}";

    public TomlEntry? Find(string key) => _entries.GetValueOrDefault(key);

    public void Add(TomlEntry entry) => _entries.Add(entry.Key, entry);
}
