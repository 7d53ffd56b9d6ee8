using System.Collections.Immutable;
using Postern.Protocols.Lines;

namespace Postern.Protocols.Sieve;

/// <summary>ManageSieve (RFC 5804): the one protocol whose server greets again after STARTTLS.</summary>
public sealed class SieveProtocol : Protocol
{
    public static SieveProtocol Instance { get; } = new();

    public override string Name => "sieve";

    /// <summary>RFC 7301's registry has "managesieve".</summary>
    public override ImmutableArray<string> Alpn => ["managesieve"];

    /// <summary>RFC 5804 §2.2: after TLS "the server MUST re-issue the capability results, followed by an OK response".</summary>
    public override bool GreetsAfterStartTls => true;

    /// <summary>Dovecot closes on a longer one.</summary>
    public override int MaxProxyHeader => 1500;

    public override FrontNegotiator FacingClient(FrontSettings settings) => new SieveFront(settings);

    public override BackNegotiator FacingBackend(ReadOnlyMemory<byte> replay, bool greets) => new SieveGreeting();

    // No WriteGreeting: whatever comes before, a server that is about to be relayed greets (GreetsAfterStartTls).
    public override BackNegotiator FacingServer(BackSettings settings) => new SieveBack();

    public override void WriteUnavailable(in Apology why, RefusalPlace place, ReadOnlySpan<byte> command, ref ByteWriter output)
    {
        // RFC 5804 §1.2, §1.3: BYE may be said at any time; TRYLATER is for what passes.
        output.Write("BYE (TRYLATER) \""u8);
        why.WriteText(ref output);
        output.Write("\"\r\n"u8);
    }

    public override int NextCommand(ReadOnlySpan<byte> input) => LineReader.Read(input, SieveFront.MaxLine) switch
    {
        { Status: LineStatus.Line } line => line.Length,
        { Status: LineStatus.NeedInput } => 0,
        _ => input.Length,
    };
}
