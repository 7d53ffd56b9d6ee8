using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Postern.Configuration.Toml;

/// <summary>
/// The file as a tree of values with their places. Tomlyn cuts the text into its syntax; what a header or a dotted
/// key means, and that nothing is said twice, is decided here, where each error can name both places.
/// </summary>
internal sealed class TomlDocument
{
    private readonly ProblemList _problems;

    private TomlDocument(ProblemList problems) => _problems = problems;

    public TomlTable Root { get; } = new(new Position(1, 1), "");

    /// <summary>Reads the text; null when it is so broken that there is no tree at all.</summary>
    public static TomlTable? Parse(string file, string text, ProblemList problems, out SyntaxErrors errors)
    {
        DocumentSyntax syntax;
        try
        {
            // Tomlyn 2.10 throws when the text ends inside an escape; behind a line feed it says so instead.
            syntax = SyntaxParser.Parse(text + '\n', file, validate: false);
        }
        catch (TomlException)
        {
            // The tolerant parser gives up in one case only, and does not say where.
            errors = new SyntaxErrors([], []);
            problems.Error(Position.None, "", "lists or tables are nested more than 64 deep; nothing here needs more than three");
            return null;
        }

        errors = new SyntaxErrors(syntax.Diagnostics, text.Split('\n'));
        errors.Report(problems);

        var repeated = new ProblemList(file);
        var document = new TomlDocument(repeated);
        document.AddAll(document.Root, syntax.KeyValues);
        foreach (TableSyntaxBase table in syntax.Tables)
            document.AddTable(table);

        foreach (ConfigurationProblem problem in repeated.InOrder())
        {
            var at = new Position(problem.Line, problem.Column);
            if (errors.Believes(at))
                problems.Error(at, problem.Key, problem.Message);
        }

        return document.Root;
    }

    public static Position Place(SourceSpan span) => new(span.Start.Line + 1, span.Start.Column + 1);

    private void AddTable(TableSyntaxBase syntax)
    {
        if (syntax.Name is null || Parts(syntax.Name) is not { Count: > 0 } parts)
            return;

        Position at = Place(syntax.Span);
        TomlTable? parent = Descend(Root, parts, at);
        string key = parts[^1];
        if (parent is null)
            return;

        TomlTable? table = syntax is TableArraySyntax ? Append(parent, key, at) : Open(parent, key, at);
        if (table is not null)
            AddAll(table, syntax.Items);
    }

    private TomlTable? Append(TomlTable parent, string key, Position at)
    {
        TomlEntry? entry = parent.Find(key);
        if (entry is null)
        {
            entry = new TomlEntry(key, at, new TomlList(at) { FromHeaders = true });
            parent.Add(entry);
        }

        if (entry.Value is not TomlList { FromHeaders: true } list)
        {
            SayTaken(entry, at, parent);
            return null;
        }

        var table = new TomlTable(at, $"{parent.PathOf(key)}[#{list.Items.Count + 1}]") { HasHeader = true };
        list.Items.Add(table);
        return table;
    }

    private TomlTable? Open(TomlTable parent, string key, Position at)
    {
        TomlEntry? entry = parent.Find(key);
        if (entry is null)
        {
            var table = new TomlTable(at, parent.PathOf(key)) { HasHeader = true };
            parent.Add(new TomlEntry(key, at, table));
            return table;
        }

        if (entry.Value is TomlTable { HasHeader: false, IsInline: false } open)
        {
            open.HasHeader = true;
            return open;
        }

        if (entry.Value is TomlList { FromHeaders: true })
            _problems.Error(at, parent.PathOf(key), $"to add to the list that begins on line {entry.At.Line}, write [[{parent.PathOf(key)}]], with two brackets");
        else
            SayTaken(entry, at, parent);
        return null;
    }

    private void AddAll(TomlTable table, SyntaxList<KeyValueSyntax> items)
    {
        foreach (KeyValueSyntax item in items)
            Add(table, item);
    }

    private void Add(TomlTable table, KeyValueSyntax item)
    {
        if (item.Key is null || item.Value is null || Parts(item.Key) is not { Count: > 0 } parts)
            return;

        Position at = Place(item.Key.Span);
        if (Descend(table, parts, at) is not { } parent)
            return;

        string key = parts[^1];
        if (parent.Find(key) is { } first)
            SayTaken(first, at, parent);
        else
            parent.Add(new TomlEntry(key, at, Read(item.Value, parent.PathOf(key))));
    }

    /// <summary>The table that holds the last part of a dotted key; tables on the way are made.</summary>
    private TomlTable? Descend(TomlTable from, List<string> parts, Position at)
    {
        TomlTable table = from;
        foreach (string part in parts.Take(parts.Count - 1))
        {
            TomlEntry? entry = table.Find(part);
            if (entry is null)
            {
                entry = new TomlEntry(part, at, new TomlTable(at, table.PathOf(part)));
                table.Add(entry);
            }

            switch (entry.Value)
            {
                case TomlTable { IsInline: false } inner:
                    table = inner;
                    break;
                case TomlList { FromHeaders: true } list:
                    table = (TomlTable)list.Items[^1];
                    break;
                default:
                    SayTaken(entry, at, table);
                    return null;
            }
        }

        return table;
    }

    private void SayTaken(TomlEntry entry, Position at, TomlTable parent) =>
        _problems.Error(at, parent.PathOf(entry.Key), $"is written twice, first on line {entry.At.Line}");

    private TomlValue Read(ValueSyntax syntax, string path)
    {
        Position at = Place(syntax.Span);
        switch (syntax)
        {
            case StringValueSyntax text:
                return new TomlText(text.Value ?? "", at);
            case IntegerValueSyntax number:
                return new TomlNumber(number.Value, at);
            case BooleanValueSyntax flag:
                return new TomlFlag(flag.Value, at);
            case FloatValueSyntax:
                return new TomlOther("a fraction", at);
            case DateTimeValueSyntax date:
                return Read(date.Value, at);
            case ArraySyntax array:
                var list = new TomlList(at);
                foreach (ArrayItemSyntax item in array.Items)
                {
                    if (item.Value is not null)
                        list.Items.Add(Read(item.Value, $"{path}[#{list.Items.Count + 1}]"));
                }

                return list;
            case InlineTableSyntax inline:
                var table = new TomlTable(at, path) { HasHeader = true, IsInline = true };
                foreach (InlineTableItemSyntax item in inline.Items)
                {
                    if (item.KeyValue is not null)
                        Add(table, item.KeyValue);
                }

                return table;
            default:
                return new TomlOther("something else", at);
        }
    }

    private static TomlValue Read(TomlDateTime date, Position at) => date.Kind switch
    {
        TomlDateTimeKind.LocalTime => new TomlOther("a time of day", at),

        // What the machine takes for its own time zone would be another moment on another machine.
        TomlDateTimeKind.LocalDate or TomlDateTimeKind.LocalDateTime => new TomlDate(new DateTimeOffset(date.DateTime.DateTime, TimeSpan.Zero), at),
        _ => new TomlDate(date.DateTime, at),
    };

    private static List<string> Parts(KeySyntax key)
    {
        List<string> parts = [];
        if (Part(key.Key) is { } first)
            parts.Add(first);

        foreach (DottedKeyItemSyntax item in key.DotKeys)
        {
            if (Part(item.Key) is { } next)
                parts.Add(next);
        }

        return parts;
    }

    private static string? Part(BareKeyOrStringValueSyntax? part) => part switch
    {
        BareKeySyntax bare => bare.Key?.Text,
        StringValueSyntax quoted => quoted.Value,
        _ => null,
    };
}
