namespace Postern.Protocols;

/// <summary>A negotiator facing a client before TLS.</summary>
public abstract class FrontNegotiator : Negotiator
{
    /// <summary>
    /// After <see cref="Verdict.Relay"/> without TLS: the line, CRLF included, by which the client introduced itself
    /// (<c>EHLO host</c>) and which the backend has to hear before what follows; empty when it said none.
    /// </summary>
    public virtual ReadOnlyMemory<byte> Replay => default;

    /// <summary>Where a refusal from outside the dialogue (its time is up) would stand: in place of our first words, or behind them.</summary>
    public virtual RefusalPlace Place => RefusalPlace.Greeting;

    /// <summary>
    /// The domain that the client asked for in the protocol's own words, checked and in lower case (XMPP's <c>to</c>): it chooses
    /// the certificate where SNI does not, and is whom a server is asked for. Null where none was said.
    /// </summary>
    public virtual string? Addressee => null;

    /// <summary>Who the client said it is (<c>from</c> between XMPP servers), checked like <see cref="Addressee"/>; nobody has proved it.</summary>
    public virtual string? Origin => null;
}
