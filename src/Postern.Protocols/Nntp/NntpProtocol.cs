using System.Collections.Immutable;
using Postern.Protocols.Lines;

namespace Postern.Protocols.Nntp;

/// <summary>NNTP (RFC 3977) with STARTTLS (RFC 4642, RFC 8143).</summary>
public sealed class NntpProtocol : Protocol
{
    private NntpProtocol()
    {
    }

    public static NntpProtocol Instance { get; } = new();

    public override string Name => "nntp";

    /// <summary>RFC 7301's registry has "nntp" for readers and "nnsp" for servers that hand on; what they say is one protocol.</summary>
    public override ImmutableArray<string> Alpn => ["nntp", "nnsp"];

    public override FrontNegotiator FacingClient(FrontSettings settings) => new NntpFront(settings);

    public override BackNegotiator FacingBackend(ReadOnlyMemory<byte> replay, bool greets) => new NntpGreeting();

    public override BackNegotiator FacingServer(BackSettings settings) => new NntpBack();

    public override void WriteGreeting(string hostName, ref ByteWriter output)
    {
        // RFC 3977 §5.1: 200 or 201 says whether posting is allowed. Before TLS nobody knows, and behind it the answer is void
        // (RFC 4642 §2.2.2): who wants to post learns it from 340 or 440.
        output.Write("200 "u8);
        output.WriteText(hostName);
        output.Write(" ready\r\n"u8);
    }

    public override void WriteUnavailable(in Apology why, RefusalPlace place, ReadOnlySpan<byte> command, ref ByteWriter output)
    {
        // RFC 3977 §3.2.1: 400 may stand for the greeting and for any answer, and a close follows it.
        output.Write("400 "u8);
        why.WriteText(ref output);
        output.Write("\r\n"u8);
    }

    public override int NextCommand(ReadOnlySpan<byte> input) => LineReader.Read(input, NntpFront.MaxLine) switch
    {
        { Status: LineStatus.Line } line => line.Length,
        { Status: LineStatus.NeedInput } => 0,
        _ => input.Length,
    };
}
