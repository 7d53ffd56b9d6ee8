using System.Collections.Immutable;
using Postern.Protocols.Lines;

namespace Postern.Protocols.Pop3;

/// <summary>POP3 (RFC 1939) with STLS (RFC 2595 §4).</summary>
public sealed class Pop3Protocol : Protocol
{
    public static Pop3Protocol Instance { get; } = new();

    public override string Name => "pop3";

    /// <summary>RFC 7301's registry has "pop3".</summary>
    public override ImmutableArray<string> Alpn => ["pop3"];

    /// <summary>Dovecot closes on a longer one.</summary>
    public override int MaxProxyHeader => 1500;

    public override FrontNegotiator FacingClient(FrontSettings settings) => new Pop3Front(settings);

    public override BackNegotiator FacingBackend(ReadOnlyMemory<byte> replay, bool greets) => new Pop3Greeting();

    public override BackNegotiator FacingServer(BackSettings settings) => new Pop3Back();

    public override void WriteGreeting(string hostName, ref ByteWriter output)
    {
        // RFC 1939 §7: a timestamp between angle brackets would offer APOP, of which only the server knows the secret.
        output.Write("+OK "u8);
        output.WriteText(hostName);
        output.Write(" ready\r\n"u8);
    }

    public override void WriteUnavailable(in Apology why, RefusalPlace place, ReadOnlySpan<byte> command, ref ByteWriter output)
    {
        // RFC 3206 §4: SYS/TEMP says that the trouble will pass.
        output.Write("-ERR [SYS/TEMP] "u8);
        why.WriteText(ref output);
        output.Write("\r\n"u8);
    }

    public override int NextCommand(ReadOnlySpan<byte> input) => LineReader.Read(input, Pop3Front.MaxLine) switch
    {
        { Status: LineStatus.Line } line => line.Length,
        { Status: LineStatus.NeedInput } => 0,
        _ => input.Length,
    };
}
