using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Postern.EndToEnd.Rigs;
using Postern.EndToEnd.Scenarios.Outbound;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>
/// Mail through a gate that leads out, in an internet of the test's own, to real servers: rows of design tables and of attacks, each
/// with what the client is told and over what the mail went. Postfix's own DANE (posttls-finger) judges the same domains.
/// </summary>
[Collection(nameof(MailInternet))]
public sealed class OutboundTests(MailInternet internet)
{
    /// <summary>Most wait for somebody who does not answer.</summary>
    private const int AtOnce = 12;

    /// <summary>Nobody else's in this world.</summary>
    private const string Recipient = "row";

    [Fact]
    public void Every_row_is_delivered_or_deferred_as_its_policy_has_it() => internet.Run(world =>
    {
        Scene[] scenes = [.. DaneScenes.All, .. StsScenes.All];
        int port = Workplace.FreePort();
        using EximRig exim = world.StartExim();
        using PosternRig gate = world.Gate(port);
        var sent = new ConcurrentDictionary<Scene, SentMail>();
        OwnNetwork.Together([.. scenes.Select(scene => (Action)(() => sent[scene] = MailClient.Send(port, $"{Recipient}@{scene.Domain.Name}")))], AtOnce);

        Dictionary<int, string> over = OverWhat(gate, [.. sent.Values.Select(mail => mail.Port)]);
        string[] wrong =
        [
            .. scenes.Where(scene => !sent[scene].Reply.StartsWith(scene.Reply, StringComparison.Ordinal)).Select(scene => $"{scene}: {sent[scene].Reply}"),
            .. scenes.Where(scene => Proof(over[sent[scene].Port]) != scene.Over).Select(scene => $"{scene}: went over \"{over[sent[scene].Port]}\""),
        ];
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));

        // RFC 7672 §2.1.3: a server whose zone is unsigned may choke on the question.
        Assert.Equal(0, world.Dns.Asked("_25._tcp.mx.insecure-host.test", DnsType.Tlsa));

        // What was deferred was not sent, in the clear or otherwise.
        foreach (Scene deferred in scenes.Where(scene => scene.Over.Length == 0))
            Assert.DoesNotContain($"<{Recipient}@{deferred.Domain.Name}>", world.ReceiverLog + exim.Log, StringComparison.Ordinal);
    });

    /// <summary>Two judges of DANE, and the reason where they do not agree.</summary>
    [Fact]
    public void Postfix_judges_the_same() => internet.Run(world =>
    {
        using EximRig exim = world.StartExim();
        var verdicts = new ConcurrentDictionary<Scene, string>();
        Scene[] scenes = [.. DaneScenes.All.Where(scene => scene.Postfix is not null)];
        OwnNetwork.Together([.. scenes.Select(scene => (Action)(() =>
            verdicts[scene] = Tool.Run("posttls-finger", "-c", "-l", "dane", "-t", "20", "-T", "20", "-o", "inet_protocols=ipv4", scene.Domain.Name).Output))], AtOnce);
        string[] wrong = [.. scenes.Where(scene => verdicts[scene].Contains("Verified TLS connection", StringComparison.Ordinal) != scene.Postfix).Select(scene => $"{scene}: {verdicts[scene]}")];
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
        Assert.All(scenes, scene => Assert.Equal(scene.Postfix != (scene.Over.Length > 0 && scene.Over != "not authenticated"), scene.Because.Length > 0));
    });

    /// <summary>The operator's table goes before everything else.</summary>
    [Fact]
    public void The_operators_rules_decide_first() => internet.Run(world =>
    {
        int port = Workplace.FreePort();
        string pin = MailWorld.KeyDigest(internet.Place.At("other.pem"));
        using PosternRig gate = world.Gate(port, name: "-rules", more: $"""
            [[policy.rule]]
            domain  = "dane-strip.test"
            require = "none"
            [[policy.rule]]
            domain  = "plain.test"
            require = "tls"
            [[policy.rule]]
            domain  = "signed.test"
            require = "dane"
            [[policy.rule]]
            domain  = "pinned.test"
            require = "pin"
            pins    = ["sha256:{pin}"]
            [[policy.rule]]
            domain  = "pinned-self.test"
            require = "pin"
            pins    = ["sha256:{pin}"]
            [[policy.rule]]
            domain   = "nexthop.test"
            require  = "dane"
            next-hop = "mx.dane.test"
            [[policy.rule]]
            domain   = "nexthop-wrong.test"
            require  = "dane"
            next-hop = "mx.dane-wrong.test"
            """);
        foreach ((string domain, string reply) in (ReadOnlySpan<(string, string)>)
        [
            ("dane-strip.test", Scene.Delivered),
            ("plain.test", "451 4.7.4 mx.plain.test for plain.test: it does not offer STARTTLS; the operator demands TLS with anybody"),
            ("signed.test", "451 4.7.5 mx.signed.test for signed.test: there is no secure TLSA record, and \"dane\" is required"),
            ("pinned.test", Scene.Delivered),
            ("pinned-self.test", "451 4.7.5 mx.pinned-self.test for pinned-self.test: its key is not a pinned one; the operator demands the pinned key"),
            ("dane.test", Scene.Delivered),

            // The next hop is set by the operator: as if its MX were secure. The domains themselves do not exist.
            ("nexthop.test", Scene.Delivered),
            ("nexthop-wrong.test", "451 4.7.5 mx.dane-wrong.test for mx.dane-wrong.test: its certificate matches no TLSA record; the operator demands a match"),
        ])
        {
            MailClient.Send(port, $"user@{domain}").Expect(reply, domain);
        }
    });

    /// <summary>What the gate's log has of the hop's TLS, by the client's port.</summary>
    private static Dictionary<int, string> OverWhat(PosternRig gate, HashSet<int> ports)
    {
        var over = new Dictionary<int, string>();
        while (over.Count < ports.Count)
        {
            JsonElement record = gate.WaitForEntry(entry => entry.GetProperty("event").GetString() == "connection" && ports.Contains(PortOf(entry)));
            over[PortOf(record)] = record.TryGetProperty("backend-tls", out JsonElement tls) ? tls.GetString() ?? "" : "";
        }

        return over;
    }

    private static int PortOf(JsonElement entry) =>
        IPEndPoint.TryParse(entry.GetProperty("client").GetString() ?? "", out IPEndPoint? client) ? client.Port : 0;

    /// <summary><c>TLSv1.3 TLS_AES_256_GCM_SHA384 mx.dane.test</c>: the third word, and those behind it.</summary>
    private static string Proof(string tls) => tls.Split(' ', 3)[^1];
}
