using Postern.Engine.Tests.Rig;

namespace Postern.Engine.Tests.FacingServers;

/// <summary>The honest part of a server in the dialogue before TLS, and what may be said to it there.</summary>
/// <param name="Protocol">The word in the configuration.</param>
/// <param name="Words">What it says: first unasked, then for each message. The last starts TLS.</param>
/// <param name="Inside">What it says inside TLS, unasked.</param>
/// <param name="Heard">All that it may hear in the clear, in turn, as patterns.</param>
/// <param name="Opening">What a client says first to a plain gate, where the gate waits for it; else empty.</param>
/// <param name="Greeting">What a client of a plain gate hears before it says anything; empty where it speaks first.</param>
internal sealed record Part(string Protocol, string[] Words, string Inside, string[] Heard, string Opening, string Greeting)
{
    private const string Stream =
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='1' from='server.example.test' version='1.0'>";

    private const string ServerStream =
        "<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' id='1' from='server.example.test' version='1.0'>";

    private const string Features = "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>";

    public static IReadOnlyList<Part> All { get; } =
    [
        new("smtp", ["220 server ESMTP\r\n", "250-server\r\n250-SIZE 1\r\n250 STARTTLS\r\n", "220 go\r\n"], "", ["EHLO gate.example.test\r\n", "STARTTLS\r\n"], "", "220 "),
        new("submission", ["220 server ESMTP\r\n", "250-server\r\n250 STARTTLS\r\n", "220 go\r\n"], "", ["EHLO gate.example.test\r\n", "STARTTLS\r\n"], "", "220 "),
        new("lmtp", ["220 server LMTP\r\n", "250-server\r\n250 STARTTLS\r\n", "220 go\r\n"], "", ["LHLO gate.example.test\r\n", "STARTTLS\r\n"], "", "220 "),
        new("imap", ["* OK server\r\n", $"{FalseServer.FirstWord} OK go\r\n"], "", ["P[0-9A-F]{16} STARTTLS\r\n"], "", "* OK "),
        new("pop3", ["+OK server\r\n", "+OK\r\nSTLS\r\nUIDL\r\n.\r\n", "+OK go\r\n"], "", ["CAPA\r\n", "STLS\r\n"], "", "+OK "),
        new("sieve", ["\"IMPLEMENTATION\" \"x\"\r\n\"STARTTLS\"\r\nOK\r\n", "OK go\r\n"], "\"IMPLEMENTATION\" \"x\"\r\nOK\r\n", ["STARTTLS\r\n"], "", "\"IMPLEMENTATION\" \"x\"\r\nOK\r\n"),
        new("nntp", ["200 server\r\n", "382 go\r\n"], "", ["STARTTLS\r\n"], "", "200 "),
        new("xmpp-client", ["", Stream + Features, "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"], "",
            ["<\\?xml [^>]*\\?><stream:stream [^>]*>", "<starttls [^>]*>"], "<stream:stream to='server.example.test' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>", ""),
        new("xmpp-server", ["", ServerStream + Features, "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"], "",
            ["<\\?xml [^>]*\\?><stream:stream [^>]* from='client\\.example\\.test' to='server\\.example\\.test' [^>]*>", "<starttls [^>]*>"],
            "<stream:stream from='client.example.test' to='server.example.test' version='1.0' xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams'>", ""),
        new("ldap", ["", FalseServer.LdapSuccess], "", ["0.\\x02.[\\s\\S]{1,4}w\\x18\\x80\\x161\\.3\\.6\\.1\\.4\\.1\\.1466\\.20037"], "", ""),
        new("postgres", ["", "S"], "", ["\\x00\\x00\\x00\\x08\x04\u00d2\x16/"], "\0\0\0\x09\0\x03\0\0\0", ""),
    ];

    /// <summary>The whole dialogue, as it is heard.</summary>
    public string HeardWhole => $"^{string.Concat(Heard)}$";

    /// <summary>The dialogue as far as it came, and our leave-taking where the protocol has one.</summary>
    public string HeardSoFar => $"^({string.Join('(', Heard)}{string.Concat(Heard.Select(_ => ")?"))}(</stream:stream>)?$";

    /// <summary>As it should be.</summary>
    public string[] Honest => [.. Words[..^1], Words[^1] + FalseServer.Tls];

    /// <summary>With another answer to the question that starts TLS.</summary>
    public string[] Answering(string words) => [.. Words[..^1], words];
}
