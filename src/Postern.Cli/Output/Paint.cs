namespace Postern.Cli.Output;

/// <summary>Colours of a running text, line by line and never wrapped, so that what is printed can be copied.</summary>
internal sealed class Paint(TextWriter output, bool colour)
{
    public void Line(string text = "") => output.WriteLine(text);

    public void Heading(string text) => Write("1", text);

    public void Client(string text) => Write("36", text);

    public void Server(string text) => Write("32", text);

    public void Mark(string text) => Write("1;33", text);

    public void Good(string text) => Write("1;32", text);

    public void Bad(string text) => Write("1;31", text);

    public void Aside(string text) => Write("2", text);

    /// <summary>SGR codes (ECMA-48 §8.3.117).</summary>
    private void Write(string code, string text) => output.WriteLine(colour ? $"\x1b[{code}m{text}\x1b[0m" : text);
}
