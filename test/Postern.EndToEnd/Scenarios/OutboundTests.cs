using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Postern.EndToEnd.Rigs;
using Postern.EndToEnd.Scenarios.Outbound;
using Postern.Policy.Dns;
using Postern.Policy.Memory;
using Postern.Store;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>
/// Mail through a gate that leads out, in an internet of the test's own, to real servers: rows of design tables and of attacks, each
/// with what the client is told and over what the mail went. Postfix's own DANE (posttls-finger) judges the same domains.
/// </summary>
public sealed class OutboundTests(MailInternet internet) : IClassFixture<MailInternet>
{
    /// <summary>Most wait for somebody who does not answer.</summary>
    private const int AtOnce = 12;

    [Fact]
    public void Every_row_is_delivered_or_deferred_as_its_policy_has_it() => internet.Run(world =>
    {
        Scene[] scenes = [.. DaneScenes.All, .. StsScenes.All];
        int port = Workplace.FreePort();
        using EximRig exim = world.StartExim();
        using PosternRig gate = world.Gate(port);
        var sent = new ConcurrentDictionary<Scene, SentMail>();
        OwnNetwork.Together([.. scenes.Select(scene => (Action)(() => sent[scene] = MailClient.Send(port, $"user@{scene.Domain.Name}")))], AtOnce);

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
            Assert.DoesNotContain($"<user@{deferred.Domain.Name}>", world.ReceiverLog + exim.Log, StringComparison.Ordinal);
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
            Expect(reply, domain, MailClient.Send(port, $"user@{domain}"));
        }
    });

    /// <summary>What explain sees when it connects is what the gate would do: delivered over the same, or the same refusal.</summary>
    [Fact]
    public void Explain_connects_as_the_gate_does() => internet.Run(world =>
    {
        string[] chosen =
        [
            "dane.test", "dane-two.test", "ta.test", "ta-nexthop.test", "alias.test", "insecure.test", "two.test", "exim.test", "dane-strip.test", "dane-swap.test", "ta-expired.test", "ta-name.test",
            "usage0.test", "full-der.test", "plain.test", "signed.test", "away.test", "sts.test", "sts-wrong.test", "sts-strip.test", "sts-testing.test", "tlsa-bogus.test",
        ];
        Scene[] scenes = [.. DaneScenes.All.Concat(StsScenes.All).Where(scene => chosen.Contains(scene.Domain.Name))];
        Assert.Equal(chosen.Length, scenes.Length);
        using EximRig exim = world.StartExim();
        using PosternRig gate = world.Gate(Workplace.FreePort(), name: "-explain");
        ToolResult Explain(string domain, params string[] more) =>
            Tool.Run("env", ["SSL_CERT_FILE=" + world.Certificates.Authority, PosternRig.CommandLine, "explain", domain, "-c", gate.ConfigurationFile, "--connect", .. more]);

        var said = new ConcurrentDictionary<Scene, (int Status, JsonElement Report)>();
        OwnNetwork.Together([.. scenes.Select(scene => (Action)(() =>
        {
            ToolResult result = Explain(scene.Domain.Name, "--json");
            Assert.StartsWith("{", result.Output, StringComparison.Ordinal);
            said[scene] = (result.ExitCode, JsonDocument.Parse(result.Output).RootElement);
        }))], 4);
        string[] wrong = [.. scenes.Where(scene => !Seen(said[scene].Report).StartsWith(Foreseen(scene), StringComparison.Ordinal)).Select(scene => $"{scene}: {Seen(said[scene].Report)}, not {Foreseen(scene)}: {said[scene].Report}")];
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
        Assert.All(scenes, scene => Assert.Equal(scene.Over.Length > 0 ? 0 : 1, said[scene].Status));

        // Of two records the one that matched; of an anchor, at which depth.
        JsonElement two = said[scenes.Single(scene => scene.Domain.Name == "dane-two.test")].Report.GetProperty("connections")[0];
        string key = "3 1 1 " + MailWorld.KeyDigest(internet.Place.At("right.pem"));
        Assert.Equal((key, 0, key), (two.GetProperty("matched").GetString(), two.GetProperty("depth").GetInt32(), two.GetProperty("certificate").GetProperty("key").GetString()));
        JsonElement anchor = said[scenes.Single(scene => scene.Domain.Name == "ta.test")].Report.GetProperty("connections")[0];
        Assert.Equal(("2 0 1", 1), (anchor.GetProperty("matched").GetString()![..5], anchor.GetProperty("depth").GetInt32()));
        Assert.Equal("certificate-not-trusted", said[scenes.Single(scene => scene.Domain.Name == "sts-testing.test")].Report.GetProperty("connections")[0].GetProperty("watchFailure").GetString());

        string text = Explain("dane.test").Output;
        Assert.Contains($"  mx.dane.test[{MailWorld.Right}]: TLSv1.3 TLS_AES_256_GCM_SHA384, authenticated as mx.dane.test\n    matches {key}, at depth 0\n    certificate: right, by Test authority, 2 in the chain\n    names: ", text, StringComparison.Ordinal);
        Assert.Contains($"    key: TLSA {key}\n", text, StringComparison.Ordinal);
    });

    /// <summary>
    /// What the gate costs: whole sessions to the host itself, with STARTTLS, and through the gate, in turn; then transactions of
    /// sessions that stand. The figure is two milliseconds; what is held here is what a busy machine of tests can hold.
    /// </summary>
    [Fact]
    public void Cut_through_adds_little() => internet.Run(world =>
    {
        const int Rounds = 200;
        const double Bound = 50;
        const string Recipient = "user@requiretls.test";
        int port = Workplace.FreePort();
        using var host = new RequireTlsServer(new IPEndPoint(IPAddress.Parse(MailWorld.Strict), MailWorld.SmtpPort), Certificates.Load(internet.Place.At("strict.pem")));
        using PosternRig gate = world.Gate(port, name: "-figure");
        MailClient Direct() => new(MailWorld.SmtpPort, MailWorld.Strict, ClientTls.StartTls);
        MailClient Through() => new(port);
        void Transact(MailClient client)
        {
            client.Transact(Recipient);
            Assert.Equal("250 2.0.0 Ok: taken", client.Reply);
        }

        void Whole(Func<MailClient> open)
        {
            using MailClient client = open();
            Transact(client);
            client.Say("QUIT");
        }

        double sessions = Added(Rounds, () => Whole(Direct), () => Whole(Through));
        using MailClient direct = Direct();
        using MailClient through = Through();
        double transactions = Added(Rounds, () => Transact(direct), () => Transact(through));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"cut-through adds {sessions:0.00} ms to a session, {transactions:0.00} ms to a transaction (medians of {Rounds})"));
        Assert.InRange(sessions, -Bound, Bound);
        Assert.InRange(transactions, -Bound, Bound);
    });

    /// <summary>RFC 7671 §8.1: the new key's record is published, then the key is changed. And then to one that nobody was told of.</summary>
    [Fact]
    public void Keys_are_rolled_over() => internet.Run(world =>
    {
        int port = Workplace.FreePort();
        using PosternRig gate = world.Gate(port, name: "-rollover");
        Expect(Scene.Delivered, "the old key", MailClient.Send(port, "user@rollover.test"));
        world.Roll("next");
        Expect(Scene.Delivered, "the new key", MailClient.Send(port, "user@rollover.test"));
        world.Roll("lone");
        Expect("451 4.7.5 mx.rollover.test for rollover.test: its certificate matches no TLSA record; DANE demands a match with one of 2 TLSA records", "a third key", MailClient.Send(port, "user@rollover.test"));
    });

    /// <summary>RFC 8689 §4.2.1: 5.7.30 where it is not offered, 5.7.10 where the host is not known to be the domain's, inside TLS.</summary>
    [Fact]
    public void The_sender_requires_TLS() => internet.Run(world =>
    {
        int secure = Workplace.FreePort();
        using var strict = new RequireTlsServer(new IPEndPoint(IPAddress.Parse(MailWorld.Strict), MailWorld.SmtpPort), Certificates.Load(internet.Place.At("strict.pem")));
        using PosternRig gate = world.Gate(Workplace.FreePort(), name: "-require", more: $"""
            {world.Certificates.Tables}
            [[outbound]]
            name        = "inside"
            protocol    = "smtp"
            listen      = ["127.0.0.1:{secure}"]
            tls         = "implicit"
            certificate = ["ec"]
            """);
        Workplace.WaitForPort(secure, () => gate.Log);
        foreach ((string domain, string reply) in (ReadOnlySpan<(string, string)>)
        [
            ("requiretls.test", "250 2.0.0 Ok: taken"),
            ("dane.test", "550 5.7.30 "),
            ("sts.test", "550 5.7.30 "),
            ("signed.test", "550 5.7.30 "),
            ("usage0.test", "550 5.7.10 "),
            ("plain.test", "550 5.7.10 "),
            ("insecure.test", "550 5.7.10 "),
            ("dane-wrong.test", "550 5.7.10 "),
        ])
        {
            Expect(reply, domain, MailClient.Send(secure, $"user@{domain}", " REQUIRETLS", ClientTls.Implicit));
        }

        Assert.Contains(strict.Senders, sender => sender.EndsWith(" REQUIRETLS", StringComparison.Ordinal));
    });

    /// <summary>
    /// RFC 8461 §5.1, an hour later: somebody takes TXT and policy away and strips STARTTLS, and the policy holds; a domain says that
    /// it has no policy any more, and has none.
    /// </summary>
    [Fact]
    public void A_policy_is_kept_until_the_domain_takes_it_back() => internet.Run(world =>
    {
        int port = Workplace.FreePort();
        string[] domains = ["sts-kept.test", "sts-removed.test"];
        using (PosternRig first = world.Gate(port, name: "-later"))
        {
            foreach (string domain in domains)
                Expect(Scene.Delivered, domain, MailClient.Send(port, $"user@{domain}"));
        }

        // The time that a TXT record is taken to be as it was (StsControl.RecordLife) is over.
        using (StoreFile file = StoreFile.Open(Path.Combine(world.State("-later"), StoreFile.Folder), out StoreFault? fault) ?? throw new IOException(fault?.Text))
        {
            foreach (string domain in domains)
            {
                Assert.Null(file.Domains.Find(DnsName.Read(domain)!, out DomainMemory? memory));
                Assert.NotNull(memory?.Sts?.Held);
                Assert.Null(file.Domains.Keep(memory with { Sts = memory.Sts with { CheckedAt = memory.Sts.CheckedAt - TimeSpan.FromHours(1) } }));
            }
        }

        world.Dns.Deny("_mta-sts.sts-kept.test", DnsType.Txt);
        world.Dns.Forge("mx.sts-kept.test", DnsType.A, IPAddress.Parse(MailWorld.Stripped).GetAddressBytes());
        _ = world.Policies.Answers.Remove("sts-kept.test");
        world.Dns.Forge("_mta-sts.sts-removed.test", DnsType.Txt, DnsMiddleman.Txt("v=STSv1; id=2;"));
        world.Dns.Forge("mx.sts-removed.test", DnsType.A, IPAddress.Parse(MailWorld.SelfSigned).GetAddressBytes());
        world.Policies.Answers["sts-removed.test"] = PolicyHosts.Saying("version: STSv1\r\nmode: none\r\nmax_age: 86400\r\n");
        port = Workplace.FreePort();
        using PosternRig second = world.Gate(port, name: "-later");
        Expect("451 4.7.4 mx.sts-kept.test for sts-kept.test: it does not offer STARTTLS; MTA-STS demands", "kept", MailClient.Send(port, "user@sts-kept.test"));
        Expect(Scene.Delivered, "removed", MailClient.Send(port, "user@sts-removed.test"));
    });

    /// <summary>A real MTA before the gate: what goes is sent, what may not waits in its queue and tells its operator why.</summary>
    [Fact]
    public void A_postfix_hands_its_mail_to_the_gate() => internet.Run(world =>
    {
        int port = Workplace.FreePort();
        using PosternRig gate = world.Gate(port, name: "-postfix");
        int postfix = world.StartSender(port);

        // One message for three domains; with the README's limit of 1 none of them waits for another (452).
        Tool.Must("swaks", "--server", $"127.0.0.1:{postfix}", "--helo", "client.test", "--from", "me@sender.test", "--to", "a@dane.test,b@dane.test,c@sts.test,d@dane-wrong.test");
        foreach ((string recipient, string status) in (ReadOnlySpan<(string, string)>)
            [("a@dane.test", "status=sent (250 2.0.0 Ok: queued as"), ("b@dane.test", "status=sent (250"), ("c@sts.test", "status=sent (250"), ("d@dane-wrong.test", "status=deferred (host 127.0.0.1[127.0.0.1] said: 451 4.7.5 mx.dane-wrong.test for dane-wrong.test: its certificate matches no TLSA record")])
        {
            Workplace.WaitFor(() => HasLine(world.SenderLog, $"to=<{recipient}>", status), () => $"{recipient}: {world.SenderLog}");
        }

        Assert.DoesNotContain("<d@dane-wrong.test>", world.ReceiverLog, StringComparison.Ordinal);
    });

    /// <summary>An Exim before the gate, with the router and the transport of the README.</summary>
    [Fact]
    public void An_exim_hands_its_mail_to_the_gate() => internet.Run(world =>
    {
        int port = Workplace.FreePort();
        int exim = Workplace.FreePort();
        using PosternRig gate = world.Gate(port, name: "-exim");
        using var sender = new EximRig(internet.Place, "exim-sender", $"""
            primary_hostname = mta.sender.test
            domainlist local_domains = sender.test
            begin acl
            begin routers
            {ReadMe.Snippet("# exim: a router before dnslookup, and its transport", port).Split("\n\n")[0]}
            begin transports
            {ReadMe.Snippet("# exim: a router before dnslookup, and its transport", port).Split("\n\n")[1]}
            begin retry
            * * F,1h,1m
            """, "127.0.0.1", exim);
        Tool.Must("swaks", "--server", $"127.0.0.1:{exim}", "--helo", "client.test", "--from", "me@sender.test", "--to", "a@dane.test,b@dane.test,c@sts.test,d@dane-wrong.test");
        foreach ((string recipient, string status) in (ReadOnlySpan<(string, string)>)
            [("a@dane.test", "=> "), ("b@dane.test", "-> "), ("c@sts.test", "=> "), ("d@dane-wrong.test", "451 4.7.5 mx.dane-wrong.test for dane-wrong.test: its certificate matches no TLSA record")])
        {
            Workplace.WaitFor(() => HasLine(sender.Log, recipient, status), () => $"{recipient}: {sender.Log}");
        }

        Assert.DoesNotContain("<d@dane-wrong.test>", world.ReceiverLog, StringComparison.Ordinal);
    });

    /// <summary>The same decisions for a Postfix that does its own TLS, by Postfix's own client.</summary>
    [Fact]
    public void Postfix_looks_policies_up() => internet.Run(world =>
    {
        int maps = Workplace.FreePort();
        using PosternRig gate = world.Gate(Workplace.FreePort(), maps: maps, name: "-maps");
        foreach ((string domain, string entry) in (ReadOnlySpan<(string, string)>)
            [("dane.test", "dane-only"), ("dane-strip.test", "dane-only"), ("usage0.test", "encrypt"), ("sts.test", "secure match=mx.sts.test servername=hostname"), ("plain.test", ""), ("null.test", "")])
        {
            Assert.Equal(entry, Tool.Run("postmap", "-q", domain, $"socketmap:inet:127.0.0.1:{maps}:policy").Output.Trim());
        }

        Assert.Equal(
            "secure match=mx.sts.test servername=hostname policy_type=sts policy_domain=sts.test mx_host_pattern=mx.sts.test"
            + " { policy_string = version: STSv1 } { policy_string = mode: enforce } { policy_string = mx: mx.sts.test } { policy_string = max_age: 86400 }",
            Tool.Run("postmap", "-q", "sts.test", $"socketmap:inet:127.0.0.1:{maps}:policy-tlsrpt").Output.Trim());
        ToolResult bogus = Tool.Run("postmap", "-q", "bogus.test", $"socketmap:inet:127.0.0.1:{maps}:policy");
        Assert.NotEqual(0, bogus.ExitCode);
        Assert.Contains("451 4.4.3", bogus.Output, StringComparison.Ordinal);
    });

    /// <summary>The difference of the medians, in milliseconds; the first rounds do not count.</summary>
    private static double Added(int rounds, Action without, Action with)
    {
        const int Warming = 20;
        List<double>[] took = [[], []];
        for (int i = 0; i < Warming + rounds; i++)
        {
            foreach ((int which, Action action) in ((Action[])[without, with]).Index())
            {
                long start = Stopwatch.GetTimestamp();
                action();
                if (i >= Warming)
                    took[which].Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }

        double[] medians = [.. took.Select(times => times.Order().ElementAt(times.Count / 2))];
        return medians[1] - medians[0];
    }

    /// <summary>Of the hosts of a report the first that would get the mail, and over what; or what a client would be told.</summary>
    private static string Seen(JsonElement report)
    {
        if (report.GetProperty("refusal").GetString() is { } refusal)
            return refusal;
        JsonElement[] connections = [.. report.GetProperty("connections").EnumerateArray()];
        JsonElement good = connections.FirstOrDefault(connection => connection.GetProperty("refusal").GetString() is null);
        if (good.ValueKind == JsonValueKind.Undefined)
            return connections[0].GetProperty("refusal").GetString()!;
        return good.GetProperty("authenticated").GetString() ?? (good.GetProperty("version").GetString()!.Length == 0 ? "none" : "not authenticated");
    }

    private static string Foreseen(Scene scene) => scene.Over.Length > 0 ? scene.Over : scene.Reply;

    private static void Expect(string reply, string what, SentMail sent) =>
        Assert.True(sent.Reply.StartsWith(reply, StringComparison.Ordinal), $"{what}: {sent.Reply}");

    private static bool HasLine(string log, params string[] words) =>
        log.Split('\n').Any(line => words.All(word => line.Contains(word, StringComparison.Ordinal)));

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
