using System.Buffers;
using System.Collections.Immutable;
using Postern.Protocols.ProxyProtocol;

namespace Postern.Protocols;

/// <summary>Which side says the first word on a fresh connection.</summary>
public enum FirstSpeaker
{
    /// <summary>The server greets (SMTP, IMAP, POP3, ManageSieve).</summary>
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
public sealed record FrontSettings(string HostName, bool PlainAllowed = false, ImmutableArray<string> PlainExtensions = default);

/// <summary>What keeps a connection from its backend, as far as the client may know it.</summary>
public enum Unavailable
{
    /// <summary>Too many connections, of this client or in all, or no descriptor left.</summary>
    Busy,

    /// <summary>The backend does not answer, or refused the connection.</summary>
    NoBackend,

    /// <summary>The backend answered, but with a greeting that cannot be relayed.</summary>
    BadBackend,

    /// <summary>The client was silent for longer than a stage allows.</summary>
    TimedOut,
}

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

    /// <summary>Our side of the STARTTLS dialogue, facing a client.</summary>
    public abstract FrontNegotiator FacingClient(FrontSettings settings);

    /// <summary>
    /// Reads the greeting of a plain backend when nobody is owed it: judges and swallows it, and, where
    /// <paramref name="replay"/> is not empty, says that line to the backend and swallows the reply
    /// (the client's EHLO of an optional-TLS session). Ends with <see cref="Verdict.Relay"/> or
    /// <see cref="Verdict.Refuse"/>.
    /// </summary>
    public abstract GreetingReader FacingBackend(ReadOnlyMemory<byte> replay);

    /// <summary>
    /// A negotiator that asks a plain backend what it offers, for <see cref="FrontSettings.PlainExtensions"/>;
    /// null where the protocol has no optional TLS (all but smtp).
    /// </summary>
    public virtual ExtensionProbe? ProbeBackend(string hostName) => null;

    /// <summary>
    /// Says in the protocol's own words that the service is not to be had now, to be followed by a close.
    /// Writes nothing where the protocol has no such words (tcp).
    /// </summary>
    /// <param name="command">The client's command that is answered; empty for a greeting. Unchecked bytes of a peer.</param>
    /// <param name="hostName">The name used in greetings.</param>
    public abstract void WriteUnavailable(
        Unavailable why, RefusalPlace place, ReadOnlySpan<byte> command, string hostName, ref ByteWriter output);

    /// <summary>
    /// The length of the client's next whole command at the front of <paramref name="input"/>, to be answered by a
    /// refusal; 0 when it is not whole yet. Only what is needed to know that the client has asked something.
    /// </summary>
    public abstract int NextCommand(ReadOnlySpan<byte> input);
}

/// <summary>A negotiator facing a client before TLS.</summary>
public abstract class FrontNegotiator : Negotiator
{
    /// <summary>
    /// After <see cref="Verdict.Relay"/> without TLS: the line, CRLF included, by which the client introduced itself
    /// (<c>EHLO host</c>) and which the backend has to hear before what follows; empty when it said none.
    /// </summary>
    public virtual ReadOnlyMemory<byte> Replay => default;
}

/// <summary>
/// A negotiator that greets a backend, asks what it offers and takes its leave; ends with
/// <see cref="Verdict.Finished"/> when <see cref="Extensions"/> is known, else with <see cref="Verdict.Refuse"/>.
/// </summary>
public abstract class ExtensionProbe : Negotiator
{
    /// <summary>
    /// The extension lines fit to be offered in the clear: without AUTH (a password in the clear), STARTTLS (ours),
    /// XCLIENT and XFORWARD (a backend that trusts our address must not get them from a client).
    /// </summary>
    public abstract ImmutableArray<string> Extensions { get; }
}

/// <summary>A negotiator facing the backend, which can say what a refusing backend said.</summary>
public abstract class GreetingReader : Negotiator
{
    /// <summary>What may be passed on of a backend's words: printable ASCII and line ends.</summary>
    private protected static readonly SearchValues<byte> Printable =
        SearchValues.Create([(byte)'\r', (byte)'\n', .. Enumerable.Range(0x20, 0x5f).Select(value => (byte)value)]);

    /// <summary>
    /// After a refusal by the backend (421, 554, BYE, -ERR): writes what it said, as the answer to the client's
    /// <paramref name="command"/>. False when there is nothing fit to be passed on; say
    /// <see cref="Unavailable.BadBackend"/> then.
    /// </summary>
    public abstract bool TryWriteRefusal(ReadOnlySpan<byte> command, ref ByteWriter output);
}
