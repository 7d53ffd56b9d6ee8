using System.Collections.Immutable;

namespace Postern.Protocols.Xmpp;

/// <summary>
/// XMPP (RFC 6120) between a client and its server, or between two servers: the same streams but for the namespace of what
/// they carry, and for who says its name before TLS.
/// </summary>
public sealed class XmppProtocol : Protocol
{
    /// <summary>
    /// The id of a stream that ends with its own header (RFC 6120 §4.9.1.2). What it must not be guessed for, dialback and SASL,
    /// never comes.
    /// </summary>
    internal const string NoId = "0";

    /// <summary>The longest sentence of an apology.</summary>
    private const int MaxText = 1024;

    private XmppProtocol(string name, bool isServer)
    {
        Name = name;
        IsServer = isServer;
    }

    /// <summary>From users' clients.</summary>
    public static XmppProtocol Client { get; } = new("xmpp-client", isServer: false);

    /// <summary>From other servers.</summary>
    public static XmppProtocol Server { get; } = new("xmpp-server", isServer: true);

    public override string Name { get; }

    /// <summary>XEP-0368 §3: registered for both, and the same words as ours.</summary>
    public override ImmutableArray<string> Alpn => [Name];

    public override FirstSpeaker FirstSpeaker => FirstSpeaker.Client;

    /// <summary>A stream begins with "&lt;" or white space, TLS does not.</summary>
    public override bool SharesPort => true;

    public override bool ClientsAreServers => IsServer;

    internal bool IsServer { get; }

    /// <summary>The content namespace (RFC 6120 §4.8.2).</summary>
    internal string Content => IsServer ? "jabber:server" : "jabber:client";

    public override FrontNegotiator FacingClient(FrontSettings settings) => new XmppFront(this, settings);

    public override FrontNegotiator? FirstWords(FrontSettings settings, TlsMode front, TlsMode back) =>
        back == TlsMode.StartTls ? new XmppFirstWords(this, settings) : null;

    public override BackNegotiator FacingServer(BackSettings settings) => new XmppBack(this, settings);

    public override BackNegotiator FacingBackend(ReadOnlyMemory<byte> replay, bool greets) =>
        throw new InvalidOperationException($"{Name} has no greeting.");

    public override void WriteUnavailable(in Apology why, RefusalPlace place, ReadOnlySpan<byte> command, ref ByteWriter output)
    {
        // RFC 6120 §4.9.1.2: an error stands in a stream, so before our header was said, it is said now. Inside TLS it never was.
        if (place == RefusalPlace.Greeting)
            StreamWords.WriteHeader(Content, why.Addressee ?? why.HostName, why.Origin, NoId, ref output);

        Span<byte> room = stackalloc byte[MaxText];
        var text = new ByteWriter(room);
        why.WriteText(ref text);
        StreamWords.WriteError(
            why.Why switch
            {
                Unavailable.Busy => XmppNames.ResourceConstraint,
                Unavailable.TimedOut => XmppNames.ConnectionTimeout,
                Unavailable.NoSuchDomain => XmppNames.HostUnknown,
                Unavailable.DomainRefused => XmppNames.PolicyViolation,
                _ => XmppNames.RemoteConnectionFailed,
            },
            text.Written,
            ref output);
    }

    /// <summary>Whatever the client has said: who speaks first is refused at once, and never waited for.</summary>
    public override int NextCommand(ReadOnlySpan<byte> input) => input.Length;
}
