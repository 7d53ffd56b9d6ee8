using Tomlyn.Syntax;

namespace Postern.Configuration.Toml;

/// <summary>
/// What the parser complained of: one complaint a line (the first; the others follow from it), and how far the rest
/// of the file can be believed.
/// </summary>
internal sealed class SyntaxErrors
{
    private const string NewlineInString = "Invalid newline in a string";

    private readonly SortedDictionary<int, DiagnosticMessage> _byLine = [];

    /// <summary>The first line from which on nothing is said but syntax errors: a table's header is broken, or a string runs on.</summary>
    private readonly int _believedBefore = int.MaxValue;

    public SyntaxErrors(IEnumerable<DiagnosticMessage> diagnostics, string[] lines)
    {
        foreach (DiagnosticMessage diagnostic in diagnostics.OrderBy(each => each.Span.Start.Line).ThenBy(each => each.Span.Start.Column))
        {
            if (diagnostic.Kind == DiagnosticMessageKind.Error)
                _byLine.TryAdd(diagnostic.Span.Start.Line, diagnostic);
        }

        foreach ((int line, DiagnosticMessage diagnostic) in _byLine)
        {
            bool header = line < lines.Length && lines[line].TrimStart().StartsWith('[');
            if (header || diagnostic.Message.StartsWith(NewlineInString, StringComparison.Ordinal))
            {
                _believedBefore = line;
                break;
            }
        }
    }

    public bool Any => _byLine.Count > 0;

    /// <summary>What was read from this place is what the operator wrote there.</summary>
    public bool Believes(Position at) => at.Line - 1 < _believedBefore && !_byLine.ContainsKey(at.Line - 1);

    public void Report(ProblemList problems)
    {
        DiagnosticMessage? last = null;
        foreach (DiagnosticMessage diagnostic in _byLine.Values)
        {
            // A missing quotation mark is found again at the end of each line that the string runs over.
            bool runsOn = last is not null && last.Message == diagnostic.Message
                && diagnostic.Message.StartsWith(NewlineInString, StringComparison.Ordinal)
                && diagnostic.Span.Start.Line == last.Span.Start.Line + 1;
            last = diagnostic;
            if (!runsOn)
                problems.Error(TomlDocument.Place(diagnostic.Span), "", Sentence(diagnostic.Message));
        }
    }

    private static string Sentence(string message)
    {
        if (message.StartsWith(NewlineInString, StringComparison.Ordinal))
            return "not TOML: the string does not end on its line; its closing quotation mark is missing";

        return "not TOML: " + Quoted.Escape(char.ToLowerInvariant(message[0]) + message[1..]);
    }
}
