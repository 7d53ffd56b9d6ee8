using System.Collections.Immutable;
using Postern.Protocols.Lines;

namespace Postern.Protocols.Smtp;

/// <summary>
/// SMTP (RFC 5321) with STARTTLS (RFC 3207), and its two kin: submission (RFC 6409), which differs in nothing that is
/// said before TLS, and LMTP (RFC 2033), which says LHLO.
/// </summary>
public sealed class SmtpProtocol : Protocol
{
    private SmtpProtocol(string name, bool isLmtp)
    {
        Name = name;
        IsLmtp = isLmtp;
    }

    public static SmtpProtocol Smtp { get; } = new("smtp", isLmtp: false);

    public static SmtpProtocol Submission { get; } = new("submission", isLmtp: false);

    public static SmtpProtocol Lmtp { get; } = new("lmtp", isLmtp: true);

    public override string Name { get; }

    /// <summary>
    /// Neither identifier is registered with IANA, but Exim offers and accepts them, and a client that says "smtp" means
    /// this gate and no other.
    /// </summary>
    public override ImmutableArray<string> Alpn => IsLmtp ? ["lmtp"] : ["smtp", "esmtp"];

    /// <summary>Postfix reads 536 bytes (576, which any host takes, less 40 of TCP/IP), Dovecot's lmtp 1500.</summary>
    public override int MaxProxyHeader => IsLmtp ? 1500 : 536;

    internal bool IsLmtp { get; }

    /// <summary>The command that opens a session: EHLO, or LHLO.</summary>
    internal ReadOnlySpan<byte> Hello => IsLmtp ? "LHLO"u8 : "EHLO"u8;

    public override FrontNegotiator FacingClient(FrontSettings settings) => new SmtpFront(this, settings);

    public override BackNegotiator FacingBackend(ReadOnlyMemory<byte> replay, bool greets) => new SmtpGreeting(replay, greets);

    public override BackNegotiator FacingServer(BackSettings settings) => new SmtpBack(this, settings);

    public override ExtensionProbe? ProbeBackend(string hostName, bool greets) =>
        ReferenceEquals(this, Smtp) ? new SmtpExtensionProbe(hostName, greets) : null;

    public override void WriteGreeting(string hostName, ref ByteWriter output)
    {
        output.Write("220 "u8);
        output.WriteText(hostName);
        output.Write(IsLmtp ? " LMTP\r\n"u8 : " ESMTP\r\n"u8);
    }

    public override void WriteUnavailable(in Apology why, RefusalPlace place, ReadOnlySpan<byte> command, ref ByteWriter output)
    {
        // 421 may answer any command, and may stand for the greeting (RFC 5321 §3.8, §4.3.2).
        output.Write("421 "u8);
        output.Write(why.Why switch
        {
            Unavailable.Busy => "4.7.0 "u8,
            Unavailable.TimedOut => "4.4.2 "u8,

            // RFC 5248 has 4.7.4 for security features not supported, RFC 3463 §3.8 4.7.5 for a cryptographic failure.
            Unavailable.NoTls => "4.7.4 "u8,
            Unavailable.Untrusted or Unavailable.Unproved => "4.7.5 "u8,
            _ => "4.3.2 "u8,
        });
        why.WriteText(ref output);
        output.Write("\r\n"u8);
    }

    public override int NextCommand(ReadOnlySpan<byte> input) => LineReader.Read(input, SmtpFront.MaxLine) switch
    {
        { Status: LineStatus.Line } line => line.Length,
        { Status: LineStatus.NeedInput } => 0,
        _ => input.Length,
    };
}
