using System.Collections.Immutable;
using System.Text.Unicode;
using Postern.Protocols.Lines;

namespace Postern.Protocols.Smtp;

/// <summary>
/// The server's side before TLS. In mandatory mode nothing but EHLO, HELO, NOOP, RSET, QUIT and STARTTLS is known here;
/// in optional mode the first mail command ends the dialogue and goes through with all that stands behind it.
/// </summary>
internal sealed class SmtpFront(SmtpProtocol protocol, FrontSettings settings) : FrontNegotiator
{
    /// <summary>RFC 5321 §4.5.3.1.4 asks for 512; extensions of EHLO and MAIL lengthen it.</summary>
    public const int MaxLine = 2048;

    private const int MaxErrors = 10;

    private bool _greeted;
    private bool _firstLine = true;
    private byte[]? _hello;
    private int _errors;

    public override ReadOnlyMemory<byte> Replay => _hello;

    public override Step Advance(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        if (!_greeted)
        {
            _greeted = true;
            protocol.WriteGreeting(settings.HostName, ref output);
        }

        if (input.IsEmpty)
            return Step.NeedInput;
        if (_firstLine && HttpRequest.Check(input) == HttpMatch.Yes)
            return Step.Refuse(0, Refusal.HttpRequest);

        LineResult line = LineReader.Read(input, MaxLine);
        switch (line.Status)
        {
            case LineStatus.NeedInput:
                return Step.NeedInput;

            case LineStatus.Line:
                _firstLine = false;
                return Answer(input[..line.Length], ref output);

            default:
                // RFC 5321 §2.3.8: lines end in CRLF, and "bare" CR or LF must not be taken for it.
                output.Write(line.Status == LineStatus.TooLong
                    ? "500 5.5.2 Line too long, closing\r\n"u8
                    : "500 5.5.2 Lines end in CRLF, closing\r\n"u8);
                return Step.Refuse(0, LineReader.Refusal(line.Status));
        }
    }

    private Step Answer(ReadOnlySpan<byte> line, ref ByteWriter output)
    {
        var command = new CommandLine(line);
        if (!command.IsPrintable && !(settings.PlainAllowed && IsMail(command) && IsUtf8(command.Argument)))
            return Wrong(line, "500 5.5.2 Printable ASCII only\r\n"u8, ref output);
        if (command.Is(protocol.Hello))
            return Hello(line, command, extended: true, ref output);
        if (command.Is("HELO"u8) && !protocol.IsLmtp)
            return Hello(line, command, extended: false, ref output);
        if (command.Is("STARTTLS"u8))
            return StartTls(line, command, ref output);
        if (command.Is("NOOP"u8) || command.Is("RSET"u8))
            return Say(line, "250 2.0.0 OK\r\n"u8, ref output);

        if (command.Is("QUIT"u8))
        {
            output.Write("221 2.0.0 Bye\r\n"u8);
            return Step.Finished(line.Length);
        }

        return settings.PlainAllowed ? WithoutTls(line, command, ref output) : NeedsTls(line, ref output);
    }

    private Step Hello(ReadOnlySpan<byte> line, CommandLine command, bool extended, ref ByteWriter output)
    {
        if (command.Argument.IsEmpty || command.Argument.Contains((byte)' '))
            return Wrong(line, "501 5.5.4 A host name is needed\r\n"u8, ref output);

        _hello = line.ToArray();
        if (!extended)
        {
            output.Write("250 "u8);
            output.WriteText(settings.HostName);
            output.Write("\r\n"u8);
            return Step.Next(line.Length);
        }

        output.Write("250-"u8);
        output.WriteText(settings.HostName);
        output.Write("\r\n"u8);

        // Before TLS nothing is offered that would be a pity to lose or a sin to use: in mandatory mode no PIPELINING,
        // no SIZE, and never AUTH.
        ImmutableArray<string> extensions = settings.PlainAllowed && !settings.PlainExtensions.IsDefaultOrEmpty
            ? settings.PlainExtensions
            : ["ENHANCEDSTATUSCODES"];
        foreach (string extension in extensions)
        {
            output.Write("250-"u8);
            output.WriteText(extension);
            output.Write("\r\n"u8);
        }

        output.Write("250 STARTTLS\r\n"u8);
        return Step.Next(line.Length);
    }

    private Step StartTls(ReadOnlySpan<byte> line, CommandLine command, ref ByteWriter output)
    {
        // RFC 3207 §4: "501 Syntax error (no parameters allowed)". A lone space is a parameter too (S2).
        if (command.HasArgument)
            return Wrong(line, "501 5.5.4 STARTTLS takes no parameters\r\n"u8, ref output);

        // STARTTLS is an extension, known to who has said EHLO; HELO does not announce it (RFC 5321 §2.2.1). A client
        // that said HELO all the same is not sent away from TLS.
        if (_hello is null)
            return Wrong(line, "503 5.5.1 Say hello first\r\n"u8, ref output);

        output.Write("220 2.0.0 Ready to start TLS\r\n"u8);
        return Step.StartTls(line.Length);
    }

    /// <summary>RFC 3207 §4: "530 Must issue a STARTTLS command first". The secret of an AUTH is not even looked at (S5).</summary>
    private Step NeedsTls(ReadOnlySpan<byte> line, ref ByteWriter output) =>
        Wrong(line, "530 5.7.0 Must issue a STARTTLS command first\r\n"u8, ref output);

    private Step WithoutTls(ReadOnlySpan<byte> line, CommandLine command, ref ByteWriter output)
    {
        // A password in the clear is refused whatever the mode (RFC 4954 §4: 538).
        if (command.Is("AUTH"u8))
            return Wrong(line, "538 5.7.11 Encryption is required for authentication\r\n"u8, ref output);

        // The backend may trust our address with these; nobody may use that from outside.
        if (command.Is("XCLIENT"u8) || command.Is("XFORWARD"u8))
            return Wrong(line, "550 5.7.0 Not permitted\r\n"u8, ref output);

        if (!IsMail(command))
            return Wrong(line, "502 5.5.2 Command not known\r\n"u8, ref output);

        // RFC 5321 §4.1.4 lets a server refuse mail before EHLO; the backend decides that, and all the rest, itself.
        return Step.Relay(0);
    }

    private static bool IsMail(CommandLine command) =>
        command.Is("MAIL"u8) || command.Is("VRFY"u8) || command.Is("EXPN"u8) || command.Is("ETRN"u8) || command.Is("HELP"u8);

    /// <summary>RFC 6531 §3.3: an address may be UTF-8, where the backend offers SMTPUTF8. It has no control characters even so.</summary>
    private static bool IsUtf8(ReadOnlySpan<byte> argument) =>
        Utf8.IsValid(argument) && !argument.ContainsAnyInRange((byte)0, (byte)0x1f) && !argument.Contains((byte)0x7f);

    private static Step Say(ReadOnlySpan<byte> line, ReadOnlySpan<byte> answer, ref ByteWriter output)
    {
        output.Write(answer);
        return Step.Next(line.Length);
    }

    private Step Wrong(ReadOnlySpan<byte> line, ReadOnlySpan<byte> answer, ref ByteWriter output)
    {
        if (++_errors >= MaxErrors)
        {
            output.Write("421 4.7.0 Too many errors, closing\r\n"u8);
            return Step.Refuse(line.Length, Refusal.TooManyErrors);
        }

        output.Write(answer);
        return Step.Next(line.Length);
    }
}
