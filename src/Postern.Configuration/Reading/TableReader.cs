using System.Collections.Immutable;
using Postern.Configuration.Settings;
using Postern.Configuration.Toml;

namespace Postern.Configuration.Reading;

/// <summary>Takes a text apart, or returns null and says what is wrong with it.</summary>
internal delegate T? Parser<T>(string text, out string wrong)
    where T : class;

/// <summary>
/// Reads the keys of one table. Each method returns null when the key is absent or its value is not of the type; in
/// the second case it has said so.
/// </summary>
internal sealed class TableReader(TomlTable table, string path, ProblemList problems, IDictionary<string, Position> places)
{
    private const string NoNul = "a path cannot contain a NUL";

    private ImmutableArray<string> _known = [];

    public string Path { get; } = path;

    public Position At => table.At;

    public ProblemList Problems { get; } = problems;

    /// <summary>The key is there, well or badly written. One that the table does not know is refused, and says nothing besides.</summary>
    public bool Has(string key) => _known.Contains(key) && table.Find(key) is not null;

    /// <summary>The key's name in a problem.</summary>
    public string Name(string key) => $"{Path}.{key}";

    /// <summary>Where the key stands, else where its table begins.</summary>
    public Position Place(string key) => table.Find(key)?.At ?? table.At;

    /// <summary>Where the key's value stands.</summary>
    public Position ValuePlace(string key) => table.Find(key)?.Value.At ?? table.At;

    /// <summary>Written as <c>[]</c>, not only left without a good entry.</summary>
    public bool ListIsEmpty(string key) => Has(key) && table.Find(key)?.Value is TomlList { Items.Count: 0 };

    public bool IsText(string key) => IsText(key, out _);

    public bool IsText(string key, out string text)
    {
        text = (table.Find(key)?.Value as TomlText)?.Text ?? "";
        return table.Find(key)?.Value is TomlText;
    }

    /// <summary>Says which keys are not known, and notes the places of the others.</summary>
    public void CheckKeys(ImmutableArray<string> known)
    {
        _known = known;
        places.TryAdd(Path, table.At);
        foreach (TomlEntry entry in table.Entries)
        {
            if (known.Contains(entry.Key))
                places.TryAdd(Name(entry.Key), entry.At);
            else
                Problems.Error(entry.At, Path, $"unknown key {Quoted.Word(entry.Key)}{KnownKeys.Hint(entry.Key, known)}");
        }
    }

    /// <param name="key">The key.</param>
    /// <param name="expected">What stands in the sentence where it is no string.</param>
    public Setting<string>? Text(string key, string expected = "a string")
    {
        TomlEntry? entry = table.Find(key);
        if (entry is null)
            return null;

        if (entry.Value is not TomlText text)
            return Wrong<string>(key, entry.Value, expected);

        if (text.Text.Length == 0)
        {
            Problems.Error(text.At, Name(key), "is empty");
            return null;
        }

        return new Setting<string>(text.Text, text.At);
    }

    /// <summary>A string that is one of the words; <paramref name="expected"/> says so in a sentence, by default as a list.</summary>
    public Setting<T>? Word<T>(string key, ImmutableArray<(string Word, T Value)> words, string? expected = null)
    {
        IEnumerable<string> known = words.Select(each => each.Word);
        string wanted = expected ?? "one of " + Quoted.List(known);
        if (Text(key, wanted) is not { } text)
            return null;

        foreach ((string word, T value) in words)
        {
            if (word == text.Value)
                return new Setting<T>(value, text.At);
        }

        Problems.Error(text.At, Name(key), $"expected {wanted}, found {Quoted.Word(text.Value)}{NearestWord.Hint(text.Value, known)}");
        return null;
    }

    public Setting<bool>? Flag(string key)
    {
        TomlEntry? entry = table.Find(key);
        return entry?.Value switch
        {
            null => null,
            TomlFlag flag => new Setting<bool>(flag.Flag, flag.At),
            _ => Wrong<bool>(key, entry.Value, "true or false"),
        };
    }

    public Setting<int>? Number(string key, int min, int max, string expected = "a number")
    {
        TomlEntry? entry = table.Find(key);
        if (entry is null)
            return null;

        if (entry.Value is not TomlNumber number)
            return Wrong<int>(key, entry.Value, expected);

        if (number.Number < min || number.Number > max)
        {
            Problems.Error(number.At, Name(key), $"expected a number from {min} to {max}, found {number.Number}");
            return null;
        }

        return new Setting<int>((int)number.Number, number.At);
    }

    public Setting<TimeSpan>? Duration(string key, TimeSpan min, TimeSpan max)
    {
        const string Expected = "a duration like \"10s\" (ms, s, m, h)";
        TomlEntry? entry = table.Find(key);
        if (entry is null)
            return null;

        if (entry.Value is not TomlText text)
            return Wrong<TimeSpan>(key, entry.Value, Expected);

        if (!DurationText.TryParse(text.Text, out TimeSpan duration))
        {
            Problems.Error(text.At, Name(key), $"expected {Expected}, found {Quoted.Word(text.Text)}");
            return null;
        }

        if (duration < min || duration > max)
        {
            Problems.Error(text.At, Name(key), $"expected a duration from {DurationText.Write(min)} to {DurationText.Write(max)}, found {Quoted.Word(text.Text)}");
            return null;
        }

        return new Setting<TimeSpan>(duration, text.At);
    }

    public Setting<DateTimeOffset>? Date(string key)
    {
        const string Expected = "a date like 2027-01-31 or 2027-01-31T12:00:00Z";
        TomlEntry? entry = table.Find(key);
        return entry?.Value switch
        {
            null => null,
            TomlDate date => new Setting<DateTimeOffset>(date.Time, date.At),
            TomlText => Wrong<DateTimeOffset>(key, entry.Value, Expected + ", without quotation marks"),
            _ => Wrong<DateTimeOffset>(key, entry.Value, Expected),
        };
    }

    public SettingList<string>? Texts(string key)
    {
        TomlEntry? entry = table.Find(key);
        if (entry is null)
            return null;

        if (entry.Value is not TomlList list)
        {
            string example = entry.Value is TomlText text ? $": write [{Quoted.List([Quoted.Escape(text.Text)])}]" : "";
            Problems.Error(entry.Value.At, Name(key), $"expected a list of strings, found {entry.Value.Kind}{example}");
            return null;
        }

        List<Setting<string>> items = [];
        foreach (TomlValue item in list.Items)
        {
            if (item is TomlText text)
                items.Add(new Setting<string>(text.Text, text.At));
            else
                Problems.Error(item.At, Name(key), $"expected a list of strings, found {item.Kind} in it");
        }

        return new SettingList<string>(items, list.At);
    }

    /// <summary>A list of strings, each taken apart; what is wrong with one is said at its place.</summary>
    public SettingList<T>? Each<T>(string key, Parser<T> parse)
        where T : class
    {
        if (Texts(key) is not { } texts)
            return null;

        List<Setting<T>> items = [];
        foreach ((int index, Setting<string> text) in texts.Items.Index())
        {
            places.TryAdd($"{Name(key)}[#{index + 1}]", text.At);
            if (parse(text.Value, out string wrong) is { } value)
                items.Add(new Setting<T>(value, text.At));
            else
                Problems.Error(text.At, Name(key), wrong);
        }

        return new SettingList<T>(items, texts.At);
    }

    /// <summary>A string that is taken apart.</summary>
    public Setting<T>? Parsed<T>(string key, Parser<T> parse)
        where T : class
    {
        if (Text(key) is not { } text)
            return null;

        if (parse(text.Value, out string wrong) is { } value)
            return new Setting<T>(value, text.At);

        Problems.Error(text.At, Name(key), wrong);
        return null;
    }

    /// <summary>The path of a file; a relative one begins where the configuration file lies.</summary>
    public Setting<string>? FilePath(string key, string folder)
    {
        if (Text(key) is not { } text)
            return null;

        string wrong = text.Value.Contains('\0', StringComparison.Ordinal) ? NoNul : KeyInPlace.Is(text.Value) ? KeyInPlace.Wrong : "";
        if (wrong.Length == 0)
            return new Setting<string>(System.IO.Path.GetFullPath(text.Value, folder), text.At);

        Problems.Error(text.At, Name(key), wrong);
        return null;
    }

    /// <summary>A list of paths, each as in <see cref="FilePath"/>.</summary>
    public SettingList<string>? FilePaths(string key, string folder) => Each(key, (string text, out string wrong) =>
    {
        wrong = text.Length == 0 ? "a path is empty" : text.Contains('\0', StringComparison.Ordinal) ? NoNul : "";
        return wrong.Length == 0 ? System.IO.Path.GetFullPath(text, folder) : null;
    });

    /// <summary>The tables of a list of tables, each with its own reader; null when it is absent or something else.</summary>
    public IReadOnlyList<TableReader>? Tables(string key)
    {
        TomlEntry? entry = table.Find(key);
        if (entry is null)
            return null;

        if (entry.Value is not TomlList list)
        {
            Problems.Error(entry.Value.At, Name(key), $"expected a list of tables, found {entry.Value.Kind}{TablesHint(entry.Value)}");
            return null;
        }

        List<TableReader> readers = [];
        foreach ((int index, TomlValue item) in list.Items.Index())
        {
            if (item is TomlTable inner)
                readers.Add(new TableReader(inner, $"{Name(key)}[#{index + 1}]", Problems, places));
            else
                Problems.Error(item.At, Name(key), $"expected a list of tables, found {item.Kind} in it");
        }

        return readers;
    }

    private static string TablesHint(TomlValue found) => found switch
    {
        TomlTable { IsInline: true } => ": write [{ … }]",
        TomlTable => ": write its header with two brackets, [[…]]",
        _ => "",
    };

    private Setting<T>? Wrong<T>(string key, TomlValue found, string expected)
    {
        Problems.Error(found.At, Name(key), $"expected {expected}, found {found.Kind}");
        return null;
    }
}
