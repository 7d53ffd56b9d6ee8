using System.Net;
using System.Net.Sockets;
using Postern.EndToEnd.Scenarios.Outbound;

namespace Postern.EndToEnd.Rigs;

/// <summary>
/// Two sites of XMPP and a signed DNS, in a network of the test's own. Here a Prosody that has its streams to other servers from a
/// posternd, and is called through it; there one that serves every domain of the scenes, and has a posternd before it on an
/// address of its own.
/// </summary>
internal sealed class XmppWorld : IDisposable
{
    /// <summary>A domain that the certificate names which the gate shows: its servers are believed by it.</summary>
    public const string Near = "near.test";

    /// <summary>A domain that it does not name: believed by dialback.</summary>
    public const string Unnamed = "unnamed.test";

    /// <summary>A Component beside them, which the certificate names too: what is written to it goes on to whom its resource names.</summary>
    public const string Forwarder = "forwarder.near.test";

    /// <summary>The other Prosody itself, with STARTTLS and with TLS at once.</summary>
    public const string Server = "5.5.1.1";

    /// <summary>The posternd before it, both at <see cref="XmppPort"/>.</summary>
    public const string Gated = "5.5.1.2";

    /// <summary>Somebody before it, who takes STARTTLS away, at the same port.</summary>
    public const string Stripped = "5.5.1.3";

    /// <summary>Nobody listens there.</summary>
    public const string Away = "5.5.1.4";

    /// <summary>RFC 6120 §14.3: where there is no SRV.</summary>
    public const int XmppPort = 5269;

    private const string ByGate = "modules_enabled = { \"postern_outbound\" }";
    private const int KnotPort = 5300;

    /// <summary>As the README has it, where nobody else can listen.</summary>
    private const int OutPort = 269;

    private readonly Workplace _place;
    private readonly Certificates _certificates;
    private readonly List<IDisposable> _parts = [];
    private readonly int _back = Workplace.FreePort();

    /// <param name="place">Where its files go.</param>
    /// <param name="scenes">Whose domains there are.</param>
    public XmppWorld(Workplace place, IReadOnlyList<XmppScene> scenes)
    {
        _place = place;
        foreach (string address in (ReadOnlySpan<string>)[Server, Gated, Stripped, Away])
            OwnNetwork.AddHost(address);

        // A service of this machine that is nobody's business outside of it.
        var inner = Keep(new TcpListener(IPAddress.Parse(OwnNetwork.OwnAddress), XmppPort));
        inner.Start();
        _certificates = new Certificates(place);
        try
        {
            There = StartThere(scenes);
            Zones = Keep(new SignedZones(place, KnotPort, [.. scenes.Select(scene => (scene.Domain, scene.Delegation, Fill(scene.Records)))]));
            Thief = Keep(new StartTlsThief(new IPEndPoint(IPAddress.Parse(Stripped), XmppPort), There.S2s));
            Here = StartHere(scenes);
            _ = _certificates.Make("shown", $"DNS:{Near},DNS:{Forwarder}");
            Gate = NewGate();
        }
        catch
        {
            // Servers would outlive the test.
            Dispose();
            throw;
        }
    }

    /// <summary>Whose streams go by <see cref="Gate"/>.</summary>
    public ProsodyRig Here { get; }

    public ProsodyRig There { get; }

    /// <summary>Out, and in, for <see cref="Here"/>.</summary>
    public PosternRig Gate { get; private set; }

    public SignedZones Zones { get; }

    public StartTlsThief Thief { get; }

    /// <summary>What is not known before the servers are there: ports, and what the right TLSA record says.</summary>
    public string Fill(string text) => text
        .Replace("@starttls", $"{There.S2s}", StringComparison.Ordinal)
        .Replace("@direct", $"{There.S2sTls}", StringComparison.Ordinal)
        .Replace("@right", MailWorld.KeyDigest(_place.At("there.pem")), StringComparison.Ordinal)
        .Replace("@wrong", new string('0', 64), StringComparison.Ordinal);

    /// <summary>Sends from bob here to alice there, who waits for it.</summary>
    public void Deliver(string from, string to, string text) => Deliver(from, "alice@" + to, to, text);

    /// <summary>As <see cref="Deliver(string, string, string)"/>, but by way of <see cref="Forwarder"/>, in whose name it goes out.</summary>
    public void Forward(string to, string text) => Deliver(Near, $"{Forwarder}/alice@{to}", to, text);

    /// <summary>Sends from bob here, to whom it comes back: the line that says why.</summary>
    public string Bounce(string to, string text) => Bounce(Here, Near, to, text);

    /// <param name="server">Of bob's domain.</param>
    /// <param name="from">Bob's domain.</param>
    /// <param name="to">Alice's domain.</param>
    /// <param name="text">What he writes.</param>
    /// <inheritdoc cref="Bounce(string, string)"/>
    public string Bounce(ProsodyRig server, string from, string to, string text)
    {
        ToolResult bob = StropheClient.SendAndAwait("starttls", server.C2s, _certificates.Authority, "bob@" + from, "alice@" + to, text);
        return bob.Output.Split('\n').FirstOrDefault(line => line.StartsWith("refused ", StringComparison.Ordinal)) ?? bob.Output;
    }

    /// <summary>Waits until the server there says that a stream has come, inside TLS, and how its domain was believed.</summary>
    /// <param name="from">The domain.</param>
    /// <param name="to">For whom.</param>
    /// <param name="isExternal">By its certificate; else by dialback.</param>
    public void WaitForStream(string from, string to, bool isExternal) => Workplace.WaitFor(
        () => There.ReadLog().Split('\n').Any(line => line.Contains($"Server {from} for {to} from ", StringComparison.Ordinal)
            && line.EndsWith($"secure: true, external: {(isExternal ? "succeeded" : "(nil)")}", StringComparison.Ordinal)),
        () => $"{from} did not come to {to}: {There.ReadLog()}");

    /// <summary>One more Prosody here, which could find its way by itself too.</summary>
    /// <param name="domain">That it serves.</param>
    /// <param name="to">Whom it knows.</param>
    /// <param name="settings">What it is told of its gate.</param>
    public ProsodyRig StartAnother(string domain, string to, string settings) => new(
        _place, domain, _certificates.Make(domain, "DNS:" + domain), _certificates.Authority, [(domain, ByGate)],
        $$"""
        {{settings}}
        rig_names = { ["{{to}}"] = { ["xmpp-server"] = {{There.S2s}} } }
        """);

    public void StopGate() => Gate.Dispose();

    public void StartGate() => Gate = NewGate();

    public void Dispose()
    {
        Gate?.Dispose();
        foreach (IDisposable part in _parts.AsEnumerable().Reverse())
            part.Dispose();
    }

    private void Deliver(string from, string address, string to, string text)
    {
        using var alice = StropheClient.Listen("starttls", There.C2s, _certificates.Authority, "alice@" + to);
        ToolResult bob = StropheClient.Send("starttls", Here.C2s, _certificates.Authority, "bob@" + from, address, text);
        if (bob.ExitCode != 0)
            throw new InvalidOperationException(bob.Output);
        alice.WaitForMessage(text);
    }

    private T Keep<T>(T started)
        where T : IDisposable
    {
        _parts.Add(started);
        return started;
    }

    private ProsodyRig StartThere(IReadOnlyList<XmppScene> scenes)
    {
        string certificate = _certificates.Make("there", string.Join(',', scenes.Select(scene => "DNS:" + scene.Domain)));
        string another = _certificates.Make("another", "DNS:elsewhere.test");
        Tool.Must("chmod", "644", Path.ChangeExtension(another, ".key"));
        ProsodyRig prosody = Keep(new ProsodyRig(
            _place, "there", certificate, _certificates.Authority,
            [.. scenes.Select(scene => (scene.Domain, scene.ShowsAnother ? $"s2s_ssl = {{ certificate = \"{another}\"; key = \"{Path.ChangeExtension(another, ".key")}\" }}" : ""))],
            $$"""
            s2s_interfaces = { "127.0.0.1", "{{Server}}" }
            s2s_direct_tls_interfaces = { "127.0.0.1", "{{Server}}" }
            -- Who comes in the clear is served: nobody shall.
            s2s_require_encryption = false
            rig_names = { ["{{Near}}"] = { ["xmpp-server"] = {{_back}} }; ["{{Unnamed}}"] = { ["xmpp-server"] = {{_back}} }; ["{{Forwarder}}"] = { ["xmpp-server"] = {{_back}} } }
            """));
        _ = Keep(new PosternRig(_place, "posternd-there", "workers = 1", Certificate("there", certificate) + InwardGate("there", Gated, XmppPort, prosody), []));
        Workplace.WaitForPort(XmppPort, prosody.ReadLog, Gated);
        return prosody;
    }

    /// <summary>It could find its way by itself, was it not for the module.</summary>
    private ProsodyRig StartHere(IReadOnlyList<XmppScene> scenes) => Keep(new ProsodyRig(
        _place, "here", _certificates.Make("here", $"DNS:{Near},DNS:{Unnamed}"), _certificates.Authority,
        [(Near, ByGate), (Unnamed, $"{ByGate}\nComponent \"{Forwarder}\" \"forward\"")],
        $$"""
        postern_outbound = "127.0.0.1:{{OutPort}}"
        -- Not of streams that go by the gate, which shows no certificate to it.
        s2s_secure_auth = true
        rig_stream_seconds = 2
        rig_elsewhere = { ["{{XmppScenes.Aside}}"] = {{There.S2s}} }
        rig_names = { {{string.Concat(scenes.Select(scene => $"[\"{scene.Domain}\"] = {{ [\"xmpp-server\"] = {There.S2s} }}; "))}} }
        """));

    private PosternRig NewGate() => new(
        _place, "posternd-here", "workers = 1",
        $"""
        {Certificate("here", _place.At("here.pem"))}
        {Certificate("shown", _place.At("shown.pem"))}
        [[outbound]]
        name = "world"
        protocol = "xmpp-server"
        listen = ["127.0.0.1:{OutPort}"]
        tls = "plain"
        backend-certificate = "shown"

        {InwardGate("here", "127.0.0.1", _back, Here)}
        [policy]
        state = "{_place.MakeDirectory("state", "nobody")}"

        [[policy.rule]]
        domain = "{XmppScenes.Trusted}"
        require = "webpki"

        [[policy.rule]]
        domain = "{XmppScenes.Untrusted}"
        require = "webpki"

        [resolver]
        forward = "127.0.0.1:{KnotPort}"
        anchor = "{Zones.Anchor}"
        """,
        [OutPort, _back],
        prelude: $"export SSL_CERT_FILE={_certificates.Authority}; ");

    private static string Certificate(string name, string chain) => $"[certificate.{name}]\nchain = \"{chain}\"\nkey = \"{Path.ChangeExtension(chain, ".key")}\"\n\n";

    /// <summary>For servers that call, as integrations/prosody/README.md has it.</summary>
    private string InwardGate(string certificate, string address, int port, ProsodyRig prosody) => $"""
        [[gate]]
        name = "in"
        protocol = "xmpp-server"
        listen = ["{address}:{port}"]
        tls = "starttls"
        certificate = ["{certificate}"]
        client-certificate = "request"
        client-ca = "{_certificates.Authority}"
        backend = "127.0.0.1:{prosody.S2sBehindGate}"
        proxy-protocol = "v2"


        """;
}
