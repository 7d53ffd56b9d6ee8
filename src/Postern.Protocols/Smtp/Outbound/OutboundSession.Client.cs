using System.Text;
using System.Text.Unicode;
using Postern.Protocols.Lines;

namespace Postern.Protocols.Smtp.Outbound;

/// <summary>The server's side, facing the client.</summary>
public sealed partial class OutboundSession
{
    /// <summary>Wrong commands, of a session; refusals of recipients and of messages are none.</summary>
    private const int MaxErrors = 10;

    private bool _greeted = !settings.Greets;
    private bool _firstLine = true;
    private bool _introduced;
    private int _errors;

    private OutboundStep Hear(ReadOnlySpan<byte> input, ref ByteWriter toClient, ref ByteWriter toHop)
    {
        if (!_greeted)
        {
            _greeted = true;
            SmtpProtocol.Smtp.WriteGreeting(settings.HostName, ref toClient);
        }

        return _stage switch
        {
            Stage.Body => Pass(input, ref toHop),
            Stage.Swallow => Swallow(input, ref toClient),
            Stage.Idle or Stage.Sender or Stage.Bound when !input.IsEmpty => Command(input, ref toClient, ref toHop),
            _ => OutboundStep.Wait,
        };
    }

    private OutboundStep Command(ReadOnlySpan<byte> input, ref ByteWriter toClient, ref ByteWriter toHop)
    {
        // S7: a browser of this machine can be made to speak to a port of this machine.
        if (_firstLine && HttpRequest.Check(input) == HttpMatch.Yes)
            return End(0, Refusal.HttpRequest, ref toHop);

        LineResult line = LineReader.Read(input, MaxLine);
        if (line.Status == LineStatus.NeedInput)
            return OutboundStep.Wait;
        if (line.Status == LineStatus.Line)
        {
            var command = new CommandLine(input[..line.Length]);
            _firstLine = false;
            if (command.Is("RCPT"u8) && IsText(command) && _stage != Stage.Idle)
                return Recipient(command, line.Length, ref toClient, ref toHop);

            // What we answer ourselves waits until the hop has answered what stands before it (RFC 2920 §3.2: in order).
            return IsQuiet ? Answer(command, line.Length, ref toClient, ref toHop) : OutboundStep.Wait;
        }

        if (!IsQuiet)
            return OutboundStep.Wait;

        // RFC 5321 §2.3.8: lines end in CRLF, and "bare" CR or LF must not be taken for it.
        toClient.Write(line.Status == LineStatus.TooLong ? "500 5.5.2 Line too long, closing\r\n"u8 : "500 5.5.2 Lines end in CRLF, closing\r\n"u8);
        return End(0, LineReader.Refusal(line.Status), ref toHop);
    }

    private OutboundStep Answer(CommandLine command, int length, ref ByteWriter toClient, ref ByteWriter toHop)
    {
        if (!command.IsPrintable && !(command.Is("MAIL"u8) && IsText(command)))
            return Wrong(length, "500 5.5.2 Printable ASCII only\r\n"u8, ref toClient, ref toHop);
        if (command.Is("EHLO"u8) || command.Is("HELO"u8))
            return Hello(command, length, ref toClient, ref toHop);
        if (command.Is("MAIL"u8))
            return Mail(command, length, ref toClient, ref toHop);
        if (command.Is("RCPT"u8))
            return Wrong(length, "503 5.5.1 Say MAIL first\r\n"u8, ref toClient, ref toHop);
        if (command.Is("DATA"u8))
            return Data(command, length, ref toClient, ref toHop);

        if (command.Is("RSET"u8))
        {
            ForgetTransaction();
            return Say(length, "250 2.0.0 OK\r\n"u8, ref toClient);
        }

        if (command.Is("NOOP"u8))
            return Say(length, "250 2.0.0 OK\r\n"u8, ref toClient);

        // RFC 5321 §3.5.3: 252 is for a server that does not verify and takes mail for the user all the same.
        if (command.Is("VRFY"u8))
            return Say(length, "252 2.5.0 The next hop decides, when it hears RCPT\r\n"u8, ref toClient);

        if (command.Is("QUIT"u8))
        {
            toClient.Write("221 2.0.0 Bye\r\n"u8);
            return End(length, Refusal.None, ref toHop);
        }

        // RFC 3030 §2: what stands behind BDAT is a chunk of a message, said without waiting. None of it is read as commands.
        if (command.Is("BDAT"u8))
        {
            toClient.Write("503 5.5.1 CHUNKING is not offered, closing\r\n"u8);
            return End(length, Refusal.ClientGarbage, ref toHop);
        }

        return Wrong(length, "500 5.5.2 Command not known\r\n"u8, ref toClient, ref toHop);
    }

    private OutboundStep Hello(CommandLine command, int length, ref ByteWriter toClient, ref ByteWriter toHop)
    {
        if (command.Argument.IsEmpty || command.Argument.Contains((byte)' '))
            return Wrong(length, "501 5.5.4 A host name is needed\r\n"u8, ref toClient, ref toHop);

        // RFC 5321 §4.1.4: EHLO in a session resets it "exactly as if a RSET command had been issued".
        ForgetTransaction();
        _introduced = true;
        bool extended = command.Is("EHLO"u8);
        toClient.Write(extended ? "250-"u8 : "250 "u8);
        toClient.WriteText(settings.HostName);
        toClient.Write("\r\n"u8);

        // What is promised here is promised for hops that nobody knows yet (docs/adr/0024-cut-through.md): no DSN, no CHUNKING, and
        // no number behind SIZE.
        if (extended)
        {
            toClient.Write("250-PIPELINING\r\n250-SIZE\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"u8);
            toClient.Write(settings.InsideTls ? "250-ENHANCEDSTATUSCODES\r\n250 REQUIRETLS\r\n"u8 : "250 ENHANCEDSTATUSCODES\r\n"u8);
        }

        return new OutboundStep(length);
    }

    private OutboundStep Mail(CommandLine command, int length, ref ByteWriter toClient, ref ByteWriter toHop)
    {
        if (!_introduced)
            return Wrong(length, "503 5.5.1 Say hello first\r\n"u8, ref toClient, ref toHop);
        if (_stage != Stage.Idle)
            return Wrong(length, "503 5.5.1 One transaction after the other: RSET ends this one\r\n"u8, ref toClient, ref toHop);

        ReadOnlySpan<byte> wrong = _envelope.Read(command.Argument, settings.InsideTls);
        if (!wrong.IsEmpty)
            return Wrong(length, wrong, ref toClient, ref toHop);

        _stage = Stage.Sender;
        return Say(length, "250 2.1.0 OK\r\n"u8, ref toClient);
    }

    private OutboundStep Data(CommandLine command, int length, ref ByteWriter toClient, ref ByteWriter toHop)
    {
        if (command.HasArgument)
            return Wrong(length, "501 5.5.4 DATA takes no parameters\r\n"u8, ref toClient, ref toHop);
        if (_stage == Stage.Idle)
            return Wrong(length, "503 5.5.1 Say MAIL first\r\n"u8, ref toClient, ref toHop);

        // RFC 2920 §3.1: a client that says RCPT and DATA in one must be told here that nobody is left to have the message.
        if (_accepted == 0)
            return Say(length, "554 5.5.1 No recipient was accepted\r\n"u8, ref toClient);

        if (_hop is null)
        {
            _failure!.Write(ref toClient);
            return new OutboundStep(length);
        }

        _stage = Stage.Data;
        toHop.Write("DATA\r\n"u8);
        return new OutboundStep(length);
    }

    /// <summary>The message goes through as it is, as far as it can be read in one way only.</summary>
    private OutboundStep Pass(ReadOnlySpan<byte> input, ref ByteWriter toHop)
    {
        BodyPiece piece = _body.Read(input[..Math.Min(input.Length, toHop.Free)], judge: true);
        toHop.Write(input[..piece.Length]);
        if (piece.Verdict == BodyVerdict.Ambiguous)
        {
            // The hop has heard no end of data, and will hear none: there is nothing that it may deliver (RFC 5321 §4.1.1.4).
            _failure = new OutboundRefusal(554, "5.6.0", "the message has a CR or LF without the other, or a NUL where a line begins");
            _stage = Stage.Swallow;
            ForgetHop();
            return new OutboundStep(piece.Length, OutboundAction.ResetHop);
        }

        if (piece.Verdict == BodyVerdict.End)
            _stage = Stage.Final;
        return new OutboundStep(piece.Length);
    }

    private OutboundStep Swallow(ReadOnlySpan<byte> input, ref ByteWriter toClient)
    {
        BodyPiece piece = _body.Read(input, judge: false);
        if (piece.Verdict == BodyVerdict.End)
        {
            _failure!.Write(ref toClient);
            ForgetTransaction();
        }

        return new OutboundStep(piece.Length);
    }

    /// <summary>No transaction is open. To the hop it is over when MAIL is said again: with RSET before it.</summary>
    private void ForgetTransaction()
    {
        _stage = Stage.Idle;
        _accepted = 0;
        _failure = null;
    }

    /// <summary>RFC 6531 §3.3: an address may be UTF-8. It has no control characters even so.</summary>
    private static bool IsText(CommandLine command) =>
        command.IsPrintable
        || (Utf8.IsValid(command.Argument) && !command.Argument.ContainsAnyInRange((byte)0, (byte)0x1f) && !command.Argument.Contains((byte)0x7f));

    private static OutboundStep Say(int length, ReadOnlySpan<byte> answer, ref ByteWriter toClient)
    {
        toClient.Write(answer);
        return new OutboundStep(length);
    }

    private OutboundStep Wrong(int length, ReadOnlySpan<byte> answer, ref ByteWriter toClient, ref ByteWriter toHop)
    {
        if (++_errors >= MaxErrors)
        {
            toClient.Write("421 4.7.0 Too many errors, closing\r\n"u8);
            return End(length, Refusal.TooManyErrors, ref toHop);
        }

        toClient.Write(answer);
        return new OutboundStep(length);
    }
}
