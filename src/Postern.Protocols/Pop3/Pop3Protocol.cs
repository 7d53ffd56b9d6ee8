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

    public override GreetingReader FacingBackend(ReadOnlyMemory<byte> replay) => new Pop3Greeting();

    public override void WriteUnavailable(
        Unavailable why, RefusalPlace place, ReadOnlySpan<byte> command, string hostName, ref ByteWriter output)
    {
        // RFC 3206 §4: SYS/TEMP says that the trouble will pass.
        output.Write("-ERR [SYS/TEMP] "u8);
        output.WriteText(hostName);
        output.Write(why switch
        {
            Unavailable.Busy => " has too many connections, try again later\r\n"u8,
            Unavailable.TimedOut => " waited too long\r\n"u8,
            _ => " cannot reach its mail server, try again later\r\n"u8,
        });
    }

    public override int NextCommand(ReadOnlySpan<byte> input) => LineReader.Read(input, Pop3Front.MaxLine) switch
    {
        { Status: LineStatus.Line } line => line.Length,
        { Status: LineStatus.NeedInput } => 0,
        _ => input.Length,
    };
}
