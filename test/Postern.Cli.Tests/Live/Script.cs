using System.Text;

namespace Postern.Cli.Tests.Live;

/// <summary>What servers say, line by line: over a socket, or inside TLS.</summary>
internal static class Script
{
    public static async Task Imap(Stream wire, string capability = "", bool greet = true)
    {
        if (greet)
            await Write(wire, "* OK ready\r\n");
        while (await Line(wire) is { } line)
        {
            string tag = line.Split(' ')[0];
            await Write(wire, line.EndsWith("CAPABILITY", StringComparison.Ordinal)
                ? $"* CAPABILITY IMAP4rev1 AUTH=PLAIN{capability}\r\n{tag} OK Done\r\n"
                : $"{tag} BAD Unknown command\r\n");
        }
    }

    public static async Task Smtp(Stream wire, string extension = "", bool greet = true)
    {
        if (greet)
            await Write(wire, "220 mx ESMTP Postfix\r\n");
        while (await Line(wire) is { } line)
        {
            await Write(wire, line.StartsWith("EHLO ", StringComparison.Ordinal)
                ? (extension.Length == 0 ? "250 mx\r\n" : $"250-mx\r\n250 {extension}\r\n")
                : "502 5.5.2 Error: command not recognized\r\n");
        }
    }

    public static async Task Write(Stream wire, string text)
    {
        await wire.WriteAsync(Encoding.Latin1.GetBytes(text));
        await wire.FlushAsync();
    }

    public static async Task<string?> Line(Stream wire)
    {
        var line = new StringBuilder();
        byte[] one = new byte[1];
        while (await wire.ReadAsync(one) == 1)
        {
            if (one[0] == '\n')
                return line.ToString().TrimEnd('\r');
            _ = line.Append((char)one[0]);
        }

        return null;
    }
}
