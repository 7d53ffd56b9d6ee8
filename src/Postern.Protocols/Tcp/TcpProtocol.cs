namespace Postern.Protocols.Tcp;

/// <summary>
/// Any protocol at all inside implicit TLS. We do not know who speaks first, what a message is, or how to say no:
/// so no greeting, no STARTTLS, no refusal in words, and a truncation is never hidden.
/// </summary>
public sealed class TcpProtocol : Protocol
{
    public static TcpProtocol Instance { get; } = new();

    public override string Name => "tcp";

    public override bool StrictAlpn => false;

    public override FirstSpeaker FirstSpeaker => FirstSpeaker.Client;

    public override bool HasStartTls => false;

    public override bool DelimitsMessages => false;

    public override bool RefusesHttp => false;

    public override FrontNegotiator FacingClient(FrontSettings settings) => throw NoDialogue();

    public override BackNegotiator FacingBackend(ReadOnlyMemory<byte> replay, bool greets) => throw NoDialogue();

    public override void WriteUnavailable(in Apology why, RefusalPlace place, ReadOnlySpan<byte> command, ref ByteWriter output)
    {
        // RFC 8446 has no alert for "try later", and we know no words: the close is the message.
    }

    public override int NextCommand(ReadOnlySpan<byte> input) => input.Length;

    private static InvalidOperationException NoDialogue() => new("tcp has no STARTTLS and no greeting.");
}
