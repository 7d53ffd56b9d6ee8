using Postern.Protocols.Lines;

namespace Postern.Protocols.Nntp;

/// <summary>The server's side before TLS: CAPABILITIES, HELP, STARTTLS, QUIT. There is no article here, and no way to log in.</summary>
internal sealed class NntpFront(FrontSettings settings) : FrontNegotiator
{
    /// <summary>RFC 3977 §3.1: 512 octets with the CRLF.</summary>
    public const int MaxLine = 512;

    private const int MaxErrors = 10;

    private bool _greeted;
    private bool _firstLine = true;
    private int _errors;

    public override Step Advance(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        if (!_greeted)
        {
            _greeted = true;
            NntpProtocol.Instance.WriteGreeting(settings.HostName, ref output);
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
                output.Write(line.Status == LineStatus.TooLong
                    ? "400 Line too long, closing\r\n"u8
                    : "400 Lines end in CRLF, closing\r\n"u8);
                return Step.Refuse(0, LineReader.Refusal(line.Status));
        }
    }

    private Step Answer(ReadOnlySpan<byte> line, ref ByteWriter output)
    {
        var command = new CommandLine(line);
        if (!command.IsPrintable)
            return Wrong(line, "501 Printable ASCII only\r\n"u8, ref output);

        if (command.Is("STARTTLS"u8))
        {
            // RFC 4642 §2.2 has no argument. A lone space is one (S2), though RFC 3977 §3.1 would let it pass.
            if (command.HasArgument)
                return Wrong(line, "501 STARTTLS takes no arguments\r\n"u8, ref output);
            output.Write("382 Begin TLS negotiation now\r\n"u8);
            return Step.StartTls(line.Length);
        }

        if (command.Is("CAPABILITIES"u8))
        {
            // RFC 3977 §5.2.2: an argument is a keyword that may be unknown, and changes nothing. VERSION comes first; of what
            // the server can do nothing is said, and of AUTHINFO neither.
            output.Write("101 Capabilities follow\r\nVERSION 2\r\nIMPLEMENTATION Postern\r\nSTARTTLS\r\n.\r\n"u8);
            return Step.Next(line.Length);
        }

        if (command.Is("HELP"u8) && !command.HasArgument)
        {
            output.Write("100 Help follows\r\nCAPABILITIES\r\nHELP\r\nQUIT\r\nSTARTTLS\r\n.\r\n"u8);
            return Step.Next(line.Length);
        }

        if (command.Is("QUIT"u8) && !command.HasArgument)
        {
            output.Write("205 Bye\r\n"u8);
            return Step.Finished(line.Length);
        }

        // RFC 3977 §3.2.1: 483 is for what needs privacy. MODE READER is of that kind too: the mode before TLS would be void
        // behind it. S5: the password of AUTHINFO is neither kept nor logged.
        return Wrong(line, "483 Say STARTTLS first\r\n"u8, ref output);
    }

    private Step Wrong(ReadOnlySpan<byte> line, ReadOnlySpan<byte> answer, ref ByteWriter output)
    {
        if (++_errors >= MaxErrors)
        {
            output.Write("400 Too many errors, closing\r\n"u8);
            return Step.Refuse(line.Length, Refusal.TooManyErrors);
        }

        output.Write(answer);
        return Step.Next(line.Length);
    }
}
