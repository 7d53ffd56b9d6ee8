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

    public override BackNegotiator FacingBackend(ReadOnlyMemory<byte> replay, bool greets) => new ImapGreeting();

    public override BackNegotiator FacingServer(BackSettings settings) => new ImapBack(settings);

    public override void WriteGreeting(string hostName, ref ByteWriter output)
    {
        // No capabilities: what the server has is its own to say, and RFC 9051 §7.1 lets a client ask.
        output.Write("* OK "u8);
        output.WriteText(hostName);
        output.Write(" ready\r\n"u8);
    }

    public override void WriteUnavailable(in Apology why, RefusalPlace place, ReadOnlySpan<byte> command, ref ByteWriter output)
    {
        // RFC 9051 §7.1.5: BYE may stand for the greeting. RFC 5530 §3: UNAVAILABLE is for what passes.
        output.Write("* BYE [UNAVAILABLE] "u8);
        why.WriteText(ref output);
        output.Write("\r\n"u8);
        if (place != RefusalPlace.Answer)
            return;

        ReadOnlySpan<byte> tag = ImapTag.Of(command);
        if (tag.IsEmpty)
            return;
        output.Write(tag);
        output.Write(" NO [UNAVAILABLE] "u8);
        why.WriteText(ref output);
        output.Write("\r\n"u8);
    }

    public override int NextCommand(ReadOnlySpan<byte> input) => LineReader.Read(input, ImapFront.MaxLine) switch
    {
        { Status: LineStatus.Line } line => line.Length,
        { Status: LineStatus.NeedInput } => 0,
        _ => input.Length,
    };
}
