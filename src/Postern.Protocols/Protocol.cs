using System.Collections.Immutable;
using Postern.Protocols.ProxyProtocol;

namespace Postern.Protocols;

/// <summary>Which side says the first word on a fresh connection.</summary>
public enum FirstSpeaker
{
    /// <summary>The server greets (SMTP, IMAP, POP3, ManageSieve, NNTP).</summary>
    Server,

    /// <summary>The client asks first, or we do not know (tcp): no greeting is ever owed.</summary>
    Client,
}

/// <summary>What a gate of ours says of itself before TLS; made once for each gate, shared by its connections.</summary>
/// <param name="HostName">The name used in greetings: printable ASCII without spaces, checked by the configuration.</param>
/// <param name="PlainAllowed">True for smtp with tls = "starttls-optional" only: the first mail command in the clear goes through.</param>
/// <param name="PlainExtensions">
/// What EHLO offers before TLS where <paramref name="PlainAllowed"/>: the backend's own extension lines
/// (<c>SIZE 10240000</c>), as an <see cref="ExtensionProbe"/> learned them; STARTTLS is added, never taken from here.
/// </param>
/// <param name="Domains">
/// The names that the gate's certificates carry (<c>example.org</c>, <c>*.example.org</c>), for protocols whose client says
/// whom it wants before TLS (XMPP); default or empty: any.
/// </param>
/// <param name="Nonce">Eight bytes that nobody can guess, other ones at each call: the id of a stream (XMPP); null is always 0.</param>
public sealed record FrontSettings(
    string HostName, bool PlainAllowed = false, ImmutableArray<string> PlainExtensions = default, ImmutableArray<string> Domains = default,
    Func<ulong>? Nonce = null);

/// <summary>What we say of ourselves and of whom we want in the dialogue with a server; made for each connection.</summary>
/// <param name="HostName">Our own name (EHLO): printable ASCII without spaces, checked by the configuration.</param>
/// <param name="Domain">
/// Whom we want: the stream's <c>to</c> in XMPP (RFC 6120 §4.7.2). What the client asked for, or the reference identifier that
/// the server's certificate must carry. A client's words are checked by its negotiator before they come here.
/// </param>
/// <param name="Origin">Who wants: the stream's <c>from</c> between XMPP servers (RFC 6120 §4.7.1); null where nobody said.</param>
/// <param name="Nonce">
/// Eight bytes that the server cannot guess: IMAP tags and LDAP message IDs are made of them, so that no answer can be sent
/// before its question (C6).
/// </param>
public sealed record BackSettings(string HostName, string Domain, string? Origin, ulong Nonce);

/// <summary>Where a refusal is said, which decides its form.</summary>
public enum RefusalPlace
{
    /// <summary>In place of the greeting.</summary>
    Greeting,

    /// <summary>As the answer to the client's next command (the client is owed no greeting).</summary>
    Answer,
}

/// <summary>
/// One protocol: its names, who speaks first, and the negotiators of both sides. Everything that the engine knows of
/// a protocol it learns here. Instances are immutable and shared; see <see cref="ProtocolList"/>.
/// </summary>
public abstract class Protocol
{
    /// <summary>The word in the configuration: <c>smtp</c>, <c>imap</c>, …</summary>
    public abstract string Name { get; }

    /// <summary>ALPN protocol identifiers that a gate of this protocol accepts when its configuration names none.</summary>
    public virtual ImmutableArray<string> Alpn => [];

    /// <summary>
    /// A client that offers ALPN and matches nothing is refused even when the list is empty (ALPACA, S7). False for
    /// tcp only, whose content we do not know.
    /// </summary>
    public virtual bool StrictAlpn => true;

    public virtual FirstSpeaker FirstSpeaker => FirstSpeaker.Server;

    /// <summary>The protocol has a STARTTLS dialogue.</summary>
    public virtual bool HasStartTls => true;

    /// <summary>The server greets once more, unasked, after STARTTLS (ManageSieve, RFC 5804 §2.2).</summary>
    public virtual bool GreetsAfterStartTls => false;

    /// <summary>A FIN without close_notify may pass as a FIN: the protocol delimits its own messages.</summary>
    public virtual bool DelimitsMessages => true;

    /// <summary>
    /// Texts of this protocol's first bytes are checked for an HTTP request, also inside TLS (S7).
    /// </summary>
    public virtual bool RefusesHttp => true;

    /// <summary>
    /// The longest PROXY header of version 2 that this protocol's servers read. The specification has it "always smaller
    /// than an MSS", and they hold it to that; a client certificate alone can be longer.
    /// </summary>
    public virtual int MaxProxyHeader => ProxyHeaderWriter.MaxLength;

    /// <summary>
    /// Clients are servers themselves (XMPP's), and show the one certificate that they have: public authorities sign it for
    /// servers alone.
    /// </summary>
    public virtual bool ClientsAreServers => false;

    /// <summary>Our side of the STARTTLS dialogue, facing a client.</summary>
    public abstract FrontNegotiator FacingClient(FrontSettings settings);

    /// <summary>
    /// A client that begins with a TLS record where it could say a STARTTLS command is inside TLS at once: one port for both
    /// (PostgreSQL, XMPP). Only where the client speaks first, since nothing may have been said yet.
    /// </summary>
    public virtual bool SharesPort => false;

    /// <summary>TLS that begins without a dialogue needs ALPN, or anybody's TLS could be meant (PostgreSQL).</summary>
    public virtual bool DirectTlsNeedsAlpn => false;

    /// <summary>
    /// Hears a client out where the relay would begin, before the backend is dialled: what must be answered by us there, or
    /// known for the dialogue with the server (<see cref="FrontNegotiator.Addressee"/>). Ends with
    /// <see cref="Verdict.Relay"/>, what was not consumed being the backend's. Null where there is nothing to hear.
    /// </summary>
    /// <param name="settings">The gate.</param>
    /// <param name="front">How TLS came to the client: after a dialogue its words are known.</param>
    /// <param name="back">How it comes to the server.</param>
    public virtual FrontNegotiator? FirstWords(FrontSettings settings, TlsMode front, TlsMode back) => null;

    /// <summary>
    /// Reads what a backend says where the relay would begin when nobody is owed it: judges and swallows its greeting, and,
    /// where <paramref name="replay"/> is not empty, says that line to the backend and swallows the reply (the client's EHLO
    /// of an optional-TLS session). Ends with <see cref="Verdict.Relay"/> or <see cref="Verdict.Refuse"/>.
    /// </summary>
    /// <param name="replay">What the client said to us that the backend has to know; empty for most.</param>
    /// <param name="greets">False after STARTTLS with the backend, where there is only the replay to be said.</param>
    public abstract BackNegotiator FacingBackend(ReadOnlyMemory<byte> replay, bool greets);

    /// <summary>
    /// Our side of the STARTTLS dialogue with a server: reads its greeting, asks for TLS, and ends with
    /// <see cref="Verdict.StartTls"/> on the one right answer, or <see cref="Verdict.Refuse"/> (C1 to C14).
    /// </summary>
    public virtual BackNegotiator FacingServer(BackSettings settings) => throw new InvalidOperationException($"{Name} has no STARTTLS.");

    /// <summary>
    /// A negotiator that asks a backend what it offers, for <see cref="FrontSettings.PlainExtensions"/>;
    /// null where the protocol has no optional TLS (all but smtp).
    /// </summary>
    /// <param name="hostName">Our own name, for EHLO.</param>
    /// <param name="greets">False after STARTTLS, where the backend waits for our EHLO.</param>
    public virtual ExtensionProbe? ProbeBackend(string hostName, bool greets) => null;

    /// <summary>
    /// Says a greeting of our own, for a client that is owed one where the backend has said its own already: before STARTTLS.
    /// Only where the server speaks first, and does not greet again after STARTTLS.
    /// </summary>
    /// <param name="hostName">The name used in greetings.</param>
    /// <param name="output">Where to.</param>
    public virtual void WriteGreeting(string hostName, ref ByteWriter output) => throw new InvalidOperationException($"{Name} owes no greeting.");

    /// <summary>
    /// Says in the protocol's own words that the service is not to be had now, to be followed by a close.
    /// Writes nothing where the protocol has no such words (tcp).
    /// </summary>
    /// <param name="why">What it is about, with words of ours for the client.</param>
    /// <param name="place">Where it is said.</param>
    /// <param name="command">The client's command that is answered; empty for a greeting. Unchecked bytes of a peer.</param>
    /// <param name="output">Where to.</param>
    public abstract void WriteUnavailable(in Apology why, RefusalPlace place, ReadOnlySpan<byte> command, ref ByteWriter output);

    /// <summary>
    /// The length of the client's next whole command at the front of <paramref name="input"/>, to be answered by a
    /// refusal; 0 when it is not whole yet. Only what is needed to know that the client has asked something.
    /// </summary>
    public abstract int NextCommand(ReadOnlySpan<byte> input);
}
