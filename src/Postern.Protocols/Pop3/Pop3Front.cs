using Postern.Protocols.Lines;

namespace Postern.Protocols.Pop3;

/// <summary>The server's side before TLS: CAPA, STLS, QUIT. The banner has no timestamp, so nobody tries APOP.</summary>
internal sealed class Pop3Front(FrontSettings settings) : FrontNegotiator
{
    /// <summary>RFC 2449 §4: 255 octets.</summary>
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
            Pop3Protocol.Instance.WriteGreeting(settings.HostName, ref output);
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
                    ? "-ERR Line too long\r\n"u8
                    : "-ERR Lines end in CRLF\r\n"u8);
                return Step.Refuse(0, LineReader.Refusal(line.Status));
        }
    }

    private Step Answer(ReadOnlySpan<byte> line, ref ByteWriter output)
    {
        var command = new CommandLine(line);
        if (!command.IsPrintable)
            return Wrong(line, "-ERR Printable ASCII only\r\n"u8, ref output);

        if (command.Is("STLS"u8))
        {
            // RFC 2595 §4: "Arguments: none". A lone space is one too (S2).
            if (command.HasArgument)
                return Wrong(line, "-ERR STLS takes no arguments\r\n"u8, ref output);
            output.Write("+OK Begin TLS negotiation now\r\n"u8);
            return Step.StartTls(line.Length);
        }

        if (command.Is("CAPA"u8) && !command.HasArgument)
        {
            // RFC 2449 §5. No USER and no SASL: there is no way to log in here.
            output.Write("+OK Capabilities follow\r\nSTLS\r\nRESP-CODES\r\nIMPLEMENTATION Postern\r\n.\r\n"u8);
            return Step.Next(line.Length);
        }

        if (command.Is("QUIT"u8) && !command.HasArgument)
        {
            output.Write("+OK Bye\r\n"u8);
            return Step.Finished(line.Length);
        }

        // S5: the password of USER and PASS, APOP and AUTH is neither kept nor logged.
        return Wrong(line, "-ERR Say STLS first\r\n"u8, ref output);
    }

    private Step Wrong(ReadOnlySpan<byte> line, ReadOnlySpan<byte> answer, ref ByteWriter output)
    {
        if (++_errors >= MaxErrors)
        {
            output.Write("-ERR Too many errors\r\n"u8);
            return Step.Refuse(line.Length, Refusal.TooManyErrors);
        }

        output.Write(answer);
        return Step.Next(line.Length);
    }
}
