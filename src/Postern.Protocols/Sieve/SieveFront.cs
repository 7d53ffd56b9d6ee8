using Postern.Protocols.Lines;

namespace Postern.Protocols.Sieve;

/// <summary>The server's side before TLS (RFC 5804 §2): capabilities, STARTTLS, LOGOUT, NOOP.</summary>
internal sealed class SieveFront(FrontSettings settings) : FrontNegotiator
{
    public const int MaxLine = 2048;

    private const int MaxErrors = 10;

    private bool _greeted;
    private bool _firstLine = true;
    private int _errors;

    // A command whose line announced a literal goes on behind the literal's bytes; its answer waits.
    private byte[]? _unfinished;
    private int _literal;
    private int _literals;

    public override Step Advance(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        if (!_greeted)
        {
            _greeted = true;
            Capabilities(ref output);
            output.Write("OK \""u8);
            output.WriteText(settings.HostName);
            output.Write(" ready\"\r\n"u8);
        }

        if (input.IsEmpty)
            return Step.NeedInput;
        if (_literal > 0)
            return SkipLiteral(input);
        if (_firstLine && HttpRequest.Check(input) == HttpMatch.Yes)
            return Step.Refuse(0, Refusal.HttpRequest);

        LineResult line = LineReader.Read(input, MaxLine);
        switch (line.Status)
        {
            case LineStatus.NeedInput:
                return Step.NeedInput;

            case LineStatus.Line:
                _firstLine = false;
                return TakeLine(input[..line.Length], ref output);

            default:
                output.Write(line.Status == LineStatus.TooLong
                    ? "BYE \"Line too long\"\r\n"u8
                    : "BYE \"Lines end in CRLF\"\r\n"u8);
                return Step.Refuse(0, LineReader.Refusal(line.Status));
        }
    }

    /// <summary>The bytes of a literal are nobody's command. They are one unit, in however many pieces they come.</summary>
    private Step SkipLiteral(ReadOnlySpan<byte> input)
    {
        if (input.Length < _literal)
            return Step.NeedInput;

        int skipped = _literal;
        _literal = 0;
        return Step.Next(skipped);
    }

    private Step TakeLine(ReadOnlySpan<byte> line, ref ByteWriter output)
    {
        // RFC 5804 §4: a client writes {n+} only; {n} is taken as that too, so that its bytes are nobody's command.
        LiteralText literal = LiteralText.AtEndOf(line[..^2]);
        if (literal.Announced)
        {
            _literals += Math.Min(literal.Length, LiteralText.MaxLength + 1);
            if (_literals > LiteralText.MaxLength)
            {
                output.Write("BYE \"Literal too long\"\r\n"u8);
                return Step.Refuse(line.Length, Refusal.TooLong);
            }

            _unfinished ??= line.ToArray();
            _literal = literal.Length;
            return Step.Next(line.Length);
        }

        byte[]? first = _unfinished;
        _unfinished = null;
        _literals = 0;
        return Answer(first ?? line, line.Length, hadLiteral: first is not null, ref output);
    }

    private Step Answer(ReadOnlySpan<byte> line, int consumed, bool hadLiteral, ref ByteWriter output)
    {
        var command = new CommandLine(line);
        if (!command.IsPrintable)
            return Wrong("NO \"Printable ASCII only\"\r\n"u8, consumed, ref output);

        if (command.Is("STARTTLS"u8))
        {
            // RFC 5804 §2.2: "Arguments: none". A lone space is one too (S2).
            if (command.HasArgument)
                return Wrong("NO \"STARTTLS takes no arguments\"\r\n"u8, consumed, ref output);
            output.Write("OK \"Begin TLS negotiation now\"\r\n"u8);
            return Step.StartTls(consumed);
        }

        if (command.Is("CAPABILITY"u8) && !command.HasArgument)
        {
            Capabilities(ref output);
            output.Write("OK \"Done\"\r\n"u8);
            return Step.Next(consumed);
        }

        if (command.Is("LOGOUT"u8) && !command.HasArgument)
        {
            output.Write("OK \"Bye\"\r\n"u8);
            return Step.Finished(consumed);
        }

        if (command.Is("NOOP"u8) && !hadLiteral)
            return Noop(command, consumed, ref output);

        // RFC 5804 §1.3: ENCRYPT-NEEDED, "the client needs to initiate TLS". S5: a secret is neither kept nor logged.
        return Wrong("NO (ENCRYPT-NEEDED) \"Say STARTTLS first\"\r\n"u8, consumed, ref output);
    }

    /// <summary>RFC 5804 §2.13: a string, if there is one, comes back as TAG, so that a client knows which NOOP was answered.</summary>
    private Step Noop(CommandLine command, int consumed, ref ByteWriter output)
    {
        if (!command.HasArgument)
        {
            output.Write("OK \"Done\"\r\n"u8);
            return Step.Next(consumed);
        }

        ReadOnlySpan<byte> tag = command.Argument;
        bool quoted = tag.Length >= 2 && tag[0] == '"' && tag[^1] == '"' && !tag[1..^1].ContainsAny((byte)'"', (byte)'\\');
        if (!quoted)
            return Wrong("NO \"NOOP takes a quoted string\"\r\n"u8, consumed, ref output);

        output.Write("OK (TAG "u8);
        output.Write(tag);
        output.Write(") \"Done\"\r\n"u8);
        return Step.Next(consumed);
    }

    private static void Capabilities(ref ByteWriter output) =>
        output.Write("\"IMPLEMENTATION\" \"Postern\"\r\n\"SIEVE\" \"\"\r\n\"STARTTLS\"\r\n\"SASL\" \"\"\r\n\"VERSION\" \"1.0\"\r\n"u8);

    private Step Wrong(ReadOnlySpan<byte> answer, int consumed, ref ByteWriter output)
    {
        if (++_errors >= MaxErrors)
        {
            output.Write("BYE \"Too many errors\"\r\n"u8);
            return Step.Refuse(consumed, Refusal.TooManyErrors);
        }

        output.Write(answer);
        return Step.Next(consumed);
    }
}
