using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios.Outbound;

/// <summary>
/// Streams of a real Prosody to other domains through a gate that leads out, to a real Prosody, in an internet of the test's own:
/// each scene with what its user hears, and over what the stream went.
/// </summary>
public sealed class XmppOutboundTests(XmppOutboundTests.Internet internet) : IClassFixture<XmppOutboundTests.Internet>
{
    /// <summary>Prosody's clients are processes.</summary>
    private const int AtOnce = 4;

    private const string Undelivered = "refused remote-server-not-found Server-to-server connection failed: ";

    [Fact]
    public void Every_row_is_delivered_or_refused_as_its_policy_has_it() => internet.Run(world =>
    {
        var wrong = new ConcurrentQueue<string>();
        OwnNetwork.Together([.. XmppScenes.All.Select(scene => (Action)(() => Play(world, scene, wrong)))], AtOnce);
        Dictionary<string, string> over = OverWhat(world.Gate, [.. XmppScenes.All.Select(scene => scene.Domain)]);
        foreach (XmppScene scene in XmppScenes.All.Where(scene => over.GetValueOrDefault(scene.Domain, "") != scene.Over))
            wrong.Enqueue($"{scene}: went over \"{over.GetValueOrDefault(scene.Domain)}\"");
        Assert.True(wrong.IsEmpty, string.Join('\n', wrong) + "\n" + world.Gate.Log);

        // Nobody there has heard of those that were refused, and whoever took STARTTLS away has heard no word of a stream.
        foreach (XmppScene refused in XmppScenes.All.Where(scene => scene.Over.Length == 0))
            Assert.DoesNotContain($"for {refused.Domain} from", world.There.ReadLog(), StringComparison.Ordinal);
        Assert.Contains("to='stripped.test'", world.Thief.Heard.Replace('"', '\''), StringComparison.Ordinal);
        Assert.DoesNotContain("db:result", world.Thief.Heard, StringComparison.Ordinal);
        Assert.DoesNotContain("<message", world.Thief.Heard, StringComparison.Ordinal);
    });

    /// <summary>Of who has no certificate that names him, there and back: both ask the other, and each answer comes through the gates.</summary>
    [Fact]
    public void A_domain_that_the_certificate_does_not_name_is_believed_by_dialback() => internet.Run(world =>
    {
        world.Deliver(XmppWorld.Unnamed, XmppScenes.Called, "called back");
        world.WaitForStream(XmppWorld.Unnamed, XmppScenes.Called, isExternal: false);
    });

    [Fact]
    public void The_resolver_may_die() => internet.Run(world =>
    {
        int pid = world.Gate.Status().GetProperty("generations")[0].GetProperty("resolver").GetProperty("pid").GetInt32();
        Tool.Must("kill", "-KILL", pid.ToString(CultureInfo.InvariantCulture));
        world.Deliver(XmppWorld.Near, XmppScenes.Late, "later");
    });

    /// <summary>
    /// Prosody could go by itself, and may not. Taken out: service.new in mod_postern_outbound, and the message arrives.
    /// </summary>
    [Fact]
    public void Without_the_gate_nothing_goes_out() => internet.Run(world =>
    {
        world.StopGate();
        try
        {
            Assert.StartsWith(Undelivered, world.Bounce(XmppScenes.Alone, "alone"), StringComparison.Ordinal);
        }
        finally
        {
            world.StartGate();
        }

        Assert.DoesNotContain($"for {XmppScenes.Alone} from", world.There.ReadLog(), StringComparison.Ordinal);
        world.Deliver(XmppWorld.Near, XmppScenes.Alone, "not alone");
    });

    /// <summary>A Component does not have the modules of all hosts. Taken out: service.new in mod_postern_outbound, and it goes by itself.</summary>
    [Fact]
    public void A_components_stream_goes_by_the_gate() => internet.Run(world =>
    {
        world.Forward(XmppScenes.Forwarded, "forwarded");
        world.WaitForStream(XmppWorld.Forwarder, XmppScenes.Forwarded, isExternal: true);
        world.Here.WaitForLog($"The stream to {XmppScenes.Forwarded} goes by the gate at ");
    });

    /// <summary>Taken out: destroy_session and close in mod_postern_outbound, and the message arrives.</summary>
    [Fact]
    public void A_stream_that_is_led_past_the_gate_is_ended() => internet.Run(world =>
    {
        Assert.Equal(Undelivered + "it was not on its way to the outbound gate", world.Bounce(XmppScenes.Aside, "aside"));
        world.Here.WaitForLog($"The stream to {XmppScenes.Aside} is ended: another module has led it to 127.0.0.1");
        Assert.DoesNotContain($"for {XmppScenes.Aside} from", world.There.ReadLog(), StringComparison.Ordinal);
    });

    /// <summary>Prosody goes on without a module that fails, and would connect by itself. A name, as 'localhost', is not taken.</summary>
    [Theory]
    [InlineData("misled.test", "postern_outbound = \"localhost:269\"", "localhost:269")]
    [InlineData("forgetful.test", "", "")]
    [InlineData("listing.test", "postern_outbound = {}", "")]
    public void Without_a_gate_in_the_settings_nothing_goes_out(string domain, string settings, string said) => internet.Run(world =>
    {
        using ProsodyRig prosody = world.StartAnother(domain, XmppScenes.Untold, settings);
        Assert.Equal(Undelivered + "the setting postern_outbound names no gate", world.Bounce(prosody, domain, XmppScenes.Untold, "untold"));
        prosody.WaitForLog($"No stream goes to other servers: postern_outbound = \"{said}\" is no address and port of a gate. Write it before the first VirtualHost");
        Assert.DoesNotContain($"for {XmppScenes.Untold} from", world.There.ReadLog(), StringComparison.Ordinal);
    });

    [Fact]
    public void A_port_that_any_program_can_take_is_warned_of() => internet.Run(world =>
    {
        using ProsodyRig prosody = world.StartAnother("high.test", XmppScenes.Untold, "postern_outbound = \"127.0.0.1:1024\"");
        prosody.WaitForLog("any program of this machine can listen at 127.0.0.1:1024 and be every other server: give the gate a port below 1024");
        Assert.DoesNotContain("give the gate a port", world.Here.ReadLog(), StringComparison.Ordinal);
    });

    private static void Play(XmppWorld world, XmppScene scene, ConcurrentQueue<string> wrong)
    {
        try
        {
            if (scene.Refusal.Length == 0)
            {
                world.Deliver(XmppWorld.Near, scene.Domain, "to " + scene.Domain);
                world.WaitForStream(XmppWorld.Near, scene.Domain, isExternal: true);
            }
            else if (world.Bounce(scene.Domain, "to " + scene.Domain) is var bounce && !bounce.Contains("connection failed: " + world.Fill(scene.Refusal), StringComparison.Ordinal))
            {
                wrong.Enqueue($"{scene}: {bounce}");
            }
        }
        catch (Exception e) when (e is TimeoutException or InvalidOperationException)
        {
            wrong.Enqueue($"{scene}: {e.Message}");
        }
    }

    /// <summary>What the gate's log has of the TLS with the other server, by the domain.</summary>
    private static Dictionary<string, string> OverWhat(PosternRig gate, HashSet<string> domains)
    {
        var over = new Dictionary<string, string>(StringComparer.Ordinal);
        while (over.Count < domains.Count)
        {
            JsonElement record = gate.WaitForEntry(entry => entry.GetProperty("event").GetString() == "connection"
                && entry.TryGetProperty("domain", out JsonElement domain) && domains.Contains(domain.GetString()!));
            over[record.GetProperty("domain").GetString()!] = record.TryGetProperty("backend-tls", out JsonElement tls) ? tls.GetString()!.Split(' ', 3)[^1] : "";
        }

        return over;
    }

    /// <summary>One world for all of these tests, one after the other.</summary>
    public sealed class Internet : IDisposable
    {
        private readonly Workplace _place = new();
        private readonly OwnNetwork _network;
        private XmppWorld? _world;

        public Internet()
        {
            _network = new OwnNetwork(_place, new Dictionary<string, string>());
            try
            {
                _network.Run(() => _world = new XmppWorld(_place, [.. XmppScenes.All, .. XmppScenes.Others]));
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        internal void Run(Action<XmppWorld> test) => _network.Run(() => test(_world!));

        public void Dispose()
        {
            if (_world is not null)
                _network.Run(_world.Dispose);
            _network.Dispose();
            _place.Dispose();
        }
    }
}
