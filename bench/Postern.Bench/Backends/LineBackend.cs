using System.Net.Sockets;
using System.Text;

namespace Postern.Bench.Backends;

/// <summary>A server of a protocol of lines, as small as the benchmark's dialogue allows.</summary>
internal abstract class LineBackend : TaskBackend
{
    private const int LongestLine = 1024;

    protected abstract string Greeting { get; }

    /// <summary>The answer, and whether the connection ends with it.</summary>
    protected abstract (string Text, bool Ends) Answer(string line);

    protected override async Task ServeAsync(Socket client)
    {
        await client.SendAsync(Encoding.ASCII.GetBytes(Greeting).AsMemory());
        var buffer = new byte[LongestLine];
        var filled = 0;
        while (filled < buffer.Length)
        {
            var count = await client.ReceiveAsync(buffer.AsMemory(filled));
            if (count == 0)
                return;
            filled += count;
            int end;
            while ((end = buffer.AsSpan(0, filled).IndexOf("\r\n"u8)) >= 0)
            {
                var (text, ends) = Answer(Encoding.ASCII.GetString(buffer, 0, end));
                filled -= end + 2;
                buffer.AsSpan(end + 2, filled).CopyTo(buffer);
                await client.SendAsync(Encoding.ASCII.GetBytes(text).AsMemory());
                if (ends)
                    return;
            }
        }
    }
}

internal sealed class ImapBackend : LineBackend
{
    protected override string Greeting => "* OK [CAPABILITY IMAP4rev1] ready\r\n";

    protected override (string Text, bool Ends) Answer(string line)
    {
        var words = line.Split(' ');
        var tag = words[0];
        return (words.Length > 1 ? words[1].ToUpperInvariant() : "") switch
        {
            "CAPABILITY" => ($"* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n", false),
            "NOOP" => ($"{tag} OK done\r\n", false),
            "LOGOUT" => ($"* BYE good-bye\r\n{tag} OK done\r\n", true),
            _ => ($"{tag} BAD not here\r\n", false),
        };
    }
}

internal sealed class SmtpBackend : LineBackend
{
    protected override string Greeting => "220 bench.test ESMTP\r\n";

    protected override (string Text, bool Ends) Answer(string line) => line.Split(' ')[0].ToUpperInvariant() switch
    {
        "EHLO" => ("250-bench.test\r\n250-PIPELINING\r\n250 8BITMIME\r\n", false),
        "QUIT" => ("221 good-bye\r\n", true),
        _ => ("502 not here\r\n", false),
    };
}
