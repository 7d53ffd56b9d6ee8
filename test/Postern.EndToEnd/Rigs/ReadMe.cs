using System.Globalization;

namespace Postern.EndToEnd.Rigs;

/// <summary>Settings of other programs as the README shows them.</summary>
internal static class ReadMe
{
    private const string Port = "10026";

    /// <summary>The lines behind that comment, up to the next one or the end of the block.</summary>
    /// <param name="comment">The line.</param>
    /// <param name="port">In place of the README's.</param>
    public static string Snippet(string comment, int port)
    {
        string[] lines = File.ReadAllLines(SourceTree.At("README.md"));
        return string.Join('\n', lines.SkipWhile(line => line != comment).Skip(1).TakeWhile(line => !line.StartsWith('#') && line != "```"))
            .Trim().Replace(Port, port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }
}
