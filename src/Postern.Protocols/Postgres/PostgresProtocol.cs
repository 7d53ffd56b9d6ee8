using System.Collections.Immutable;

namespace Postern.Protocols.Postgres;

/// <summary>
/// PostgreSQL's protocol 3 ("Frontend/Backend Protocol"): SSLRequest, or TLS at once, on one port, as its own server has it
/// since version 17.
/// </summary>
public sealed class PostgresProtocol : Protocol
{
    private const int MaxText = 1024;

    private PostgresProtocol()
    {
    }

    public static PostgresProtocol Instance { get; } = new();

    public override string Name => "postgres";

    /// <summary>Registered with IANA for it.</summary>
    public override ImmutableArray<string> Alpn => ["postgresql"];

    public override FirstSpeaker FirstSpeaker => FirstSpeaker.Client;

    public override bool SharesPort => true;

    /// <summary>Or TLS that was meant for another service could be sent here (ALPACA): PostgreSQL's server refuses it too.</summary>
    public override bool DirectTlsNeedsAlpn => true;

    public override FrontNegotiator FacingClient(FrontSettings settings) => new PostgresFront();

    public override FrontNegotiator? FirstWords(FrontSettings settings, TlsMode front, TlsMode back) =>
        front == TlsMode.Plain ? new PostgresFirstWords() : null;

    public override BackNegotiator FacingServer(BackSettings settings) => new PostgresBack();

    public override BackNegotiator FacingBackend(ReadOnlyMemory<byte> replay, bool greets) =>
        throw new InvalidOperationException("A PostgreSQL server does not greet.");

    public override void WriteUnavailable(in Apology why, RefusalPlace place, ReadOnlySpan<byte> command, ref ByteWriter output)
    {
        // A client that has said nothing yet reads this as the answer to its first message.
        Span<byte> room = stackalloc byte[MaxText];
        var text = new ByteWriter(room);
        why.WriteText(ref text);
        ErrorResponse.Write(
            why.Why switch
            {
                Unavailable.Busy => ErrorResponse.TooManyConnections,
                Unavailable.NoBackend or Unavailable.BadBackend or Unavailable.Unproved => ErrorResponse.CannotConnectNow,
                _ => ErrorResponse.ConnectionFailure,
            },
            text.Written,
            ref output);
    }

    /// <summary>Whatever the client has said: who speaks first is refused at once, and never waited for.</summary>
    public override int NextCommand(ReadOnlySpan<byte> input) => input.Length;
}
