using System.Text;

namespace Postern.Protocols.Lines;

/// <summary>
/// A command line, taken apart in one way: a verb, and whatever stands behind one space. Nothing is trimmed: a space
/// before the verb makes it another verb, a space behind it makes an (empty) argument.
/// </summary>
public readonly ref struct CommandLine
{
    /// <param name="line">The line with its CRLF.</param>
    public CommandLine(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> text = line[..^2];
        int space = text.IndexOf((byte)' ');
        Verb = space < 0 ? text : text[..space];
        HasArgument = space >= 0;
        Argument = space < 0 ? default : text[(space + 1)..];
        IsPrintable = !text.ContainsAnyExceptInRange((byte)0x20, (byte)0x7e);
    }

    public ReadOnlySpan<byte> Verb { get; }

    public bool HasArgument { get; }

    public ReadOnlySpan<byte> Argument { get; }

    /// <summary>No control character, no NUL, nothing above 0x7e: else it is a syntax error, whatever it spells.</summary>
    public bool IsPrintable { get; }

    /// <summary>Verbs are ASCII and their case does not matter.</summary>
    public bool Is(ReadOnlySpan<byte> verb) => Ascii.EqualsIgnoreCase(Verb, verb);
}
