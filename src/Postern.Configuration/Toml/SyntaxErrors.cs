using System.Text.RegularExpressions;
using Tomlyn.Syntax;

namespace Postern.Configuration.Toml;

/// <summary>
/// What the parser complained of: one complaint a line (the first; the others follow from it), and how far the rest
/// of the file can be believed.
/// </summary>
internal sealed partial class SyntaxErrors
{
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
            if (header || IsRunOn(diagnostic))
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
        foreach (DiagnosticMessage diagnostic in _byLine.Values)
        {
            problems.Error(TomlDocument.Place(diagnostic.Span), "", "not TOML: " + Sentence(diagnostic.Message));

            // Behind a missing quotation mark, what is text and what is a string are exchanged: nothing there is true.
            if (IsRunOn(diagnostic))
                break;
        }
    }

    private static bool IsRunOn(DiagnosticMessage diagnostic) =>
        diagnostic.Message.StartsWith("Invalid newline in a string", StringComparison.Ordinal);

    /// <summary>The parser's sentence, without the names of its tokens.</summary>
    private static string Sentence(string message)
    {
        if (message.StartsWith("Invalid newline in a string", StringComparison.Ordinal))
            return "the string does not end on its line; its closing quotation mark is missing";

        if (BareWord().Match(message) is { Success: true } bare)
            return $"{Quoted.Word(bare.Groups["word"].Value)} is no value; strings stand in quotation marks";

        string plain = TokenName().Replace(message, "")
            .Replace("token `newline`", "the end of the line", StringComparison.Ordinal)
            .Replace("␤", "the end of the line", StringComparison.Ordinal)
            .Replace("<eof>", "the end of the file", StringComparison.Ordinal);
        return Quoted.Escape(char.ToLowerInvariant(plain[0]) + plain[1..]);
    }

    [GeneratedRegex(@"^Unexpected token `(?<word>[A-Za-z][^`]*)` for a value$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex BareWord();

    [GeneratedRegex(@" \(token: `\w+`\)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TokenName();
}
