namespace Postern.Cli.Demo.Imap;

/// <summary>
/// A small IMAP server (the commands of RFC 9051 that reading needs, and IDLE) without TLS; one user, one mailbox, which
/// can be read and not changed.
/// </summary>
internal sealed class ImapServer(Mailbox mailbox) : PlainServer
{
    private const int MaxLiteral = 4096;

    protected override async Task Serve(LineConnection connection)
    {
        await connection.Write("* OK [CAPABILITY IMAP4rev1 IDLE LITERAL-] plain\r\n");
        var session = new ImapSession(mailbox, connection);
        while (!session.Ended && await HearCommand(connection) is { } line)
            await session.Answer(line);
    }

    /// <summary>A command with its literals put into its line as quoted strings.</summary>
    private async Task<string?> HearCommand(LineConnection connection)
    {
        string command = "";
        while (await Hear(connection) is { } line)
        {
            if (ImapWords.AnnouncedLiteral(line) is not { } literal)
                return command + line;
            if (command.Length + line.Length + literal.Length > MaxLiteral)
                return null;

            if (literal.Waits)
                await connection.Write("+ go on\r\n");
            if (await connection.ReadBytes(literal.Length) is not { } text)
                return null;
            command += line[..literal.At] + ImapWords.Quote(text);
        }

        return null;
    }
}
