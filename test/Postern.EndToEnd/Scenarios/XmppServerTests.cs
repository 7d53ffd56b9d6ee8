using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>
/// Two real Prosodys, each with a gate before it: they trust each other's certificates and nothing else (no dialback), and those
/// come from the gate, in its PROXY header.
/// </summary>
public sealed class XmppServerTests : IDisposable
{
    private const string One = "one.example.test";
    private const string Two = "two.example.test";

    private readonly Workplace _place = new();
    private readonly Certificates _certificates;
    private readonly int _gateOne = Workplace.FreePort();
    private readonly int _gateTwo = Workplace.FreePort();
    private readonly List<IDisposable> _running = [];

    public XmppServerTests() => _certificates = new Certificates(_place);

    /// <param name="service">How Prosody connects to the other's gate: by STARTTLS, or by TLS at once (XEP-0368).</param>
    [Theory]
    [InlineData("xmpp-server")]
    [InlineData("xmpps-server")]
    public void A_message_goes_there_and_one_comes_back_by_certificates_alone(string service)
    {
        (ProsodyRig one, ProsodyRig two) = Start(Two, service);
        Deliver(one, One, two, Two, "there");
        Deliver(two, Two, one, One, "and back");
        two.WaitForLog($"Server {One} for {Two} from 127.0.0.1, secure: true, external: succeeded");
        one.WaitForLog($"Server {Two} for {One} from 127.0.0.1, secure: true, external: succeeded");
    }

    /// <summary>
    /// The authority has signed it, and so the gate lets it in: that it is somebody else's is for Prosody to see. Taken out:
    /// verify_identity in mod_postern ("valid" whatever it says), and the message arrives.
    /// </summary>
    [Fact]
    public void A_server_with_the_certificate_of_another_is_refused()
    {
        (ProsodyRig one, ProsodyRig two) = Start("mail.example.test", "xmpp-server");
        using var alice = StropheClient.Listen("starttls", one.C2s, _certificates.Authority, "alice@" + One);
        ToolResult bob = StropheClient.Send("starttls", two.C2s, _certificates.Authority, "bob@" + Two, "alice@" + One, "from whom?");
        Assert.True(bob.ExitCode == 0, bob.Output);
        one.WaitForLog("its certificate is not valid for this name");
        Assert.DoesNotContain("from whom?", one.ReadLog(), StringComparison.Ordinal);
        Assert.DoesNotContain("Server two", one.ReadLog(), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _running.Reverse();
        foreach (IDisposable each in _running)
            each.Dispose();
        _place.Dispose();
    }

    private void Deliver(ProsodyRig from, string fromDomain, ProsodyRig to, string toDomain, string text)
    {
        using var alice = StropheClient.Listen("starttls", to.C2s, _certificates.Authority, "alice@" + toDomain);
        ToolResult bob = StropheClient.Send("starttls", from.C2s, _certificates.Authority, "bob@" + fromDomain, "alice@" + toDomain, text);
        Assert.True(bob.ExitCode == 0, bob.Output);
        alice.WaitForMessage(text);
    }

    /// <param name="nameOfTwo">What is in the certificate that the second server shows to the first.</param>
    /// <param name="service">As DNS has it.</param>
    private (ProsodyRig One, ProsodyRig Two) Start(string nameOfTwo, string service)
    {
        string certificateOne = _certificates.Make("one", "DNS:" + One), certificateTwo = _certificates.Make("two", "DNS:" + Two);
        string shown = _certificates.Make("shown", "DNS:" + nameOfTwo), key = Path.ChangeExtension(shown, ".key");
        _ = Tool.Run("chown", "prosody", key);
        string settings = $$"""
            s2s_secure_auth = true
            rig_names = {
                ["{{One}}"] = { ["{{service}}"] = {{_gateOne}} };
                ["{{Two}}"] = { ["{{service}}"] = {{_gateTwo}} };
            }
            """;
        ProsodyRig one = Keep(new ProsodyRig(_place, "prosody-one", certificateOne, _certificates.Authority, [(One, "")], settings));
        ProsodyRig two = Keep(new ProsodyRig(
            _place, "prosody-two", certificateTwo, _certificates.Authority, [(Two, "")], $"{settings}\ns2s_ssl = {{ certificate = \"{shown}\"; key = \"{key}\" }}"));
        string tables = Gate("one", certificateOne, _gateOne, one.S2sBehindGate, service) + Gate("two", certificateTwo, _gateTwo, two.S2sBehindGate, service);
        _ = Keep(new PosternRig(_place, "servers", "workers = 1", tables, [_gateOne, _gateTwo]));
        return (one, two);
    }

    private T Keep<T>(T started)
        where T : IDisposable
    {
        _running.Add(started);
        return started;
    }

    private string Gate(string name, string certificate, int port, int backend, string service) => $"""
        [certificate.{name}]
        chain = "{certificate}"
        key = "{Path.ChangeExtension(certificate, ".key")}"

        [[gate]]
        name = "{name}"
        protocol = "xmpp-server"
        listen = ["127.0.0.1:{port}"]
        tls = "{(service == "xmpp-server" ? "starttls" : "implicit")}"
        certificate = ["{name}"]
        client-certificate = "request"
        client-ca = "{_certificates.Authority}"
        backend = "127.0.0.1:{backend}"
        proxy-protocol = "v2"


        """;
}
