using Postern.Protocols.Lines;

namespace Postern.Protocols.Imap;

/// <summary>The server's side before TLS: enough to be asked for STARTTLS, and no way to say a password.</summary>
internal sealed class ImapFront(FrontSettings settings) : FrontNegotiator
{
    /// <summary>RFC 7162 §4 asks servers for 8192; before TLS no honest command is a tenth of it.</summary>
    public const int MaxLine = 4096;

    private const int MaxErrors = 10;

    private bool _greeted;
    private bool _firstLine = true;
    private int _errors;

    // A command whose line announced an unasked literal goes on behind the literal's bytes; its answer waits.
    private byte[]? _unfinished;
    private int _literal;
    private int _literals;

    private static ReadOnlySpan<byte> Capabilities => "CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED"u8;

    public override Step Advance(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        if (!_greeted)
        {
            _greeted = true;
            output.Write("* OK ["u8);
            output.Write(Capabilities);
            output.Write("] "u8);
            output.WriteText(settings.HostName);
            output.Write(" ready\r\n"u8);
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
                    ? "* BYE Line too long\r\n"u8
                    : "* BYE Lines end in CRLF\r\n"u8);
                return Step.Refuse(0, LineReader.Refusal(line.Status));
        }
    }

    /// <summary>
    /// The bytes of a literal are nobody's command, whatever they spell (S1, S2). They are one unit, so that it does not
    /// matter in how many pieces they come.
    /// </summary>
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
        LiteralText literal = LiteralText.AtEndOf(line[..^2]);
        if (literal is { Announced: true, Unasked: true })
        {
            _literals += Math.Min(literal.Length, LiteralText.MaxLength + 1);
            if (_literals > LiteralText.MaxLength)
            {
                output.Write("* BYE Literal too long\r\n"u8);
                return Step.Refuse(line.Length, Refusal.TooLong);
            }

            _unfinished ??= line.ToArray();
            _literal = literal.Length;
            return Step.Next(line.Length);
        }

        // A literal that waits for our leave gets the command's answer instead, and its bytes are never sent.
        byte[]? first = _unfinished;
        _unfinished = null;
        _literals = 0;
        return Answer(first ?? line, line.Length, hadLiteral: first is not null || literal.Announced, ref output);
    }

    private Step Answer(ReadOnlySpan<byte> line, int consumed, bool hadLiteral, ref ByteWriter output)
    {
        ReadOnlySpan<byte> tag = ImapTag.Of(line);
        if (tag.IsEmpty || tag.Length + 2 >= line.Length)
            return Wrong("*"u8, "BAD A tag and a command are needed"u8, consumed, ref output);

        var command = new CommandLine(line[(tag.Length + 1)..]);
        if (!command.IsPrintable)
            return Wrong(tag, "BAD Printable ASCII only"u8, consumed, ref output);
        if (hadLiteral)
            return Wrong(tag, "NO [PRIVACYREQUIRED] Say STARTTLS first"u8, consumed, ref output);

        if (command.Is("STARTTLS"u8))
        {
            // RFC 9051 §6.2.1: "Arguments: none". A lone space is one too (S2).
            if (command.HasArgument)
                return Wrong(tag, "BAD STARTTLS takes no arguments"u8, consumed, ref output);
            Say(tag, "OK Begin TLS negotiation now"u8, ref output);
            return Step.StartTls(consumed);
        }

        if (command is { HasArgument: false } && command.Is("CAPABILITY"u8))
        {
            Say("*"u8, Capabilities, ref output);
            Say(tag, "OK Done"u8, ref output);
            return Step.Next(consumed);
        }

        if (command is { HasArgument: false } && command.Is("NOOP"u8))
        {
            Say(tag, "OK Done"u8, ref output);
            return Step.Next(consumed);
        }

        if (command is { HasArgument: false } && command.Is("LOGOUT"u8))
        {
            Say("*"u8, "BYE Logging out"u8, ref output);
            Say(tag, "OK Done"u8, ref output);
            return Step.Finished(consumed);
        }

        // RFC 2971 §3.1: ID may be said in any state, and a server need not say who it is.
        if (command.Is("ID"u8))
        {
            Say("*"u8, "ID NIL"u8, ref output);
            Say(tag, "OK Done"u8, ref output);
            return Step.Next(consumed);
        }

        // RFC 5530 §3: "The operation is not permitted due to a lack of data confidentiality." S5: the secret, if there
        // was one, is neither kept nor logged.
        return Wrong(tag, "NO [PRIVACYREQUIRED] Say STARTTLS first"u8, consumed, ref output);
    }

    private Step Wrong(ReadOnlySpan<byte> tag, ReadOnlySpan<byte> text, int consumed, ref ByteWriter output)
    {
        if (++_errors >= MaxErrors)
        {
            output.Write("* BYE Too many errors\r\n"u8);
            return Step.Refuse(consumed, Refusal.TooManyErrors);
        }

        Say(tag, text, ref output);
        return Step.Next(consumed);
    }

    private static void Say(ReadOnlySpan<byte> tag, ReadOnlySpan<byte> text, ref ByteWriter output)
    {
        output.Write(tag);
        output.Write(" "u8);
        output.Write(text);
        output.Write("\r\n"u8);
    }
}
