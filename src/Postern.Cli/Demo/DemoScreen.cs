using System.Text;

namespace Postern.Cli.Demo;

/// <summary>Shows a dialogue as it goes over the wire. What the other side says is escaped.</summary>
internal sealed class DemoScreen(bool colour)
{
    private const string Reset = "\u001b[0m";
    private const string Bold = "\u001b[1m";
    private const string Blue = "\u001b[34m";
    private const string Green = "\u001b[32m";
    private const string Red = "\u001b[31m";
    private const string Faint = "\u001b[2m";

    public void Title(string text) => Write("\n" + Paint(Bold, text));

    public void Text(string text) => Write(text);

    public void Client(string line) => Write(Paint(Blue, "  C: " + Escape(line)));

    public void Server(string line) => Write("  S: " + Escape(line));

    public void Mark(string text) => Write(Paint(Faint, $"     [{text}]"));

    public void Verdict(bool good, string text) =>
        Write(good ? Paint(Green, "  => " + text) : Paint(Red, "  => NOT SO: " + text));

    private string Paint(string code, string text) => colour ? code + text + Reset : text;

    private static void Write(string text) => Console.Out.WriteLine(text);

    private static string Escape(string text)
    {
        var escaped = new StringBuilder();
        foreach (char c in text)
            _ = c is < ' ' or > '~' ? escaped.Append($"\\x{(int)c:x2}") : escaped.Append(c);
        return escaped.ToString();
    }
}
