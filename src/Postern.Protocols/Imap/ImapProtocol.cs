using System.Collections.Immutable;
using Postern.Protocols.Lines;

namespace Postern.Protocols.Imap;

/// <summary>IMAP (RFC 3501, RFC 9051) with STARTTLS (RFC 9051 §6.2.1, RFC 2595 §3).</summary>
public sealed class ImapProtocol : Protocol
{
    public static ImapProtocol Instance { get; } = new();

    public override string Name => "imap";

    /// <summary>RFC 7301's registry has "imap".</summary>
    public override ImmutableArray<string> Alpn => ["imap"];

    /// <summary>Dovecot closes on a longer one.</summary>
    public override int MaxProxyHeader => 1500;

    public override FrontNegotiator FacingClient(FrontSettings settings) => new ImapFront(settings);

    public override GreetingReader FacingBackend(ReadOnlyMemory<byte> replay) => new ImapGreeting();

    public override void WriteUnavailable(
        Unavailable why, RefusalPlace place, ReadOnlySpan<byte> command, string hostName, ref ByteWriter output)
    {
        ReadOnlySpan<byte> text = why switch
        {
            Unavailable.Busy => " has too many connections, try again later\r\n"u8,
            Unavailable.TimedOut => " waited too long\r\n"u8,
            _ => " cannot reach its mail server, try again later\r\n"u8,
        };

        // RFC 9051 §7.1.5: BYE may stand for the greeting. RFC 5530 §3: UNAVAILABLE is for what passes.
        output.Write("* BYE [UNAVAILABLE] "u8);
        output.WriteText(hostName);
        output.Write(text);
        if (place != RefusalPlace.Answer)
            return;

        ReadOnlySpan<byte> tag = ImapTag.Of(command);
        if (tag.IsEmpty)
            return;
        output.Write(tag);
        output.Write(" NO [UNAVAILABLE] "u8);
        output.WriteText(hostName);
        output.Write(text);
    }

    public override int NextCommand(ReadOnlySpan<byte> input) => LineReader.Read(input, ImapFront.MaxLine) switch
    {
        { Status: LineStatus.Line } line => line.Length,
        { Status: LineStatus.NeedInput } => 0,
        _ => input.Length,
    };
}
