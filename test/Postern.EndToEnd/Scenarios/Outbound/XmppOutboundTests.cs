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
            Assert.StartsWith("refused remote-server-not-found Server-to-server connection failed: ", world.Bounce(world.Here, XmppWorld.Near, XmppScenes.Alone), StringComparison.Ordinal);
        }
        finally
        {
            world.StartGate();
        }

        Assert.DoesNotContain($"for {XmppScenes.Alone} from", world.There.ReadLog(), StringComparison.Ordinal);
        world.Deliver(XmppWorld.Near, XmppScenes.Alone, "not alone");
    });

    /// <summary>A setting that is wrong is no way past the gate either. Taken out: to_nowhere, by an error in its place.</summary>
    [Fact]
    public void With_a_gate_that_is_not_named_nothing_goes_out() => internet.Run(world =>
    {
        Assert.Equal(
            "refused remote-server-not-found Server-to-server connection failed: postern_outbound names no gate",
            world.Bounce(world.Lost, XmppWorld.Misled, XmppScenes.Alone).TrimEnd());
        world.Lost.WaitForLog("is no address and port of a gate");
        Assert.DoesNotContain($"Server {XmppWorld.Misled}", world.There.ReadLog(), StringComparison.Ordinal);
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
            else if (world.Bounce(world.Here, XmppWorld.Near, scene.Domain) is var bounce && !bounce.Contains("connection failed: " + world.Fill(scene.Refusal), StringComparison.Ordinal))
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
