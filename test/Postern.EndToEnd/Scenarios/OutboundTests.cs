using System.Text.Json;
using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>
/// Mail through a gate that leads out, in an internet of the test's own, to real servers: rows of design tables and of attacks, each
/// with what the client is told and over what the mail went. Postfix's own DANE (posttls-finger) judges the same domains.
/// </summary>
public sealed class OutboundTests : IDisposable
{
    private const string Enforce = "version: STSv1\r\nmode: enforce\r\nmx: mx.sts.test\r\nmx: mx.sts-wrong.test\r\nmx: mx.sts-strip.test\r\nmax_age: 86400\r\n";
    private const string Testing = "version: STSv1\r\nmode: testing\r\nmx: mx.sts-testing.test\r\nmax_age: 86400\r\n";
    private const string Foreign = "version: STSv1\r\nmode: enforce\r\nmx: mx.elsewhere.test\r\nmax_age: 86400\r\n";

    private static readonly MailDomain[] s_domains =
    [
        new("dane.test") { Tlsa = "3 1 1 right" },
        new("dane-ta.test") { Tlsa = "2 0 1 right-ca" },
        new("dane-wrong.test") { Tlsa = "3 1 1 wrong" },
        new("dane-strip.test") { Tlsa = "3 1 1 right", Host = MailWorld.Stripped },
        new("dane-self.test") { Tlsa = "3 1 1 wrong", Host = MailWorld.SelfSigned },
        new("usage.test") { Tlsa = "0 0 1 wrong", Host = MailWorld.SelfSigned },
        new("usage-strip.test") { Tlsa = "0 0 1 wrong", Host = MailWorld.Stripped },
        new("signed.test"),
        new("plain.test") { Host = MailWorld.Stripped },
        new("bogus.test") { Delegation = Delegation.WrongDs, Tlsa = "3 1 1 right" },
        new("insecure.test") { Delegation = Delegation.Unsigned, Records = "@ MX 10 mx.dane.test." },
        new("two.test") { Records = "@ MX 10 mx.bogus.test.\n@ MX 20 mx.dane.test." },
        new("alias.test") { Records = "@ MX 10 mx\nmx CNAME mx.dane.test." },
        new("null.test") { Records = "@ MX 0 ." },
        new("away.test") { Host = MailWorld.Away },
        new("sts.test") { Delegation = Delegation.Unsigned, Policy = Enforce },
        new("sts-wrong.test") { Delegation = Delegation.Unsigned, Host = MailWorld.Other, Policy = Enforce },
        new("sts-strip.test") { Delegation = Delegation.Unsigned, Host = MailWorld.Stripped, Policy = Enforce },
        new("sts-foreign.test") { Delegation = Delegation.Unsigned, Policy = Foreign },
        new("sts-testing.test") { Delegation = Delegation.Unsigned, Host = MailWorld.SelfSigned, Policy = Testing },
        new("pinned.test") { Host = MailWorld.Other },
        new("pinned-self.test"),
    ];

    /// <summary>The domain, what the client hears at RCPT, and over what the mail went: a name in the verified certificate, "not authenticated", or "none".</summary>
    private static readonly (string Domain, string Answer, string Over)[] s_rows =
    [
        ("dane.test", "250", "mx.dane.test"),
        ("dane-ta.test", "250", "mx.dane-ta.test"),
        ("dane-wrong.test", "451 4.7.5", ""),
        ("dane-strip.test", "451 4.7.4", ""),
        ("dane-self.test", "451 4.7.5", ""),
        ("usage.test", "250", "not authenticated"),
        ("usage-strip.test", "451 4.7.4", ""),
        ("signed.test", "250", "not authenticated"),
        ("plain.test", "250", "none"),
        ("bogus.test", "451 4.4.3", ""),
        ("insecure.test", "250", "mx.dane.test"),
        ("two.test", "250", "mx.dane.test"),
        ("alias.test", "250", "mx.dane.test"),
        ("null.test", "556 5.1.10", ""),
        ("nothing.test", "550 5.1.2", ""),
        ("away.test", "451 4.4.1", ""),
        ("sts.test", "250", "mx.sts.test"),
        ("sts-wrong.test", "451 4.7.5", ""),
        ("sts-strip.test", "451 4.7.4", ""),
        ("sts-foreign.test", "451 4.7.5", ""),
        ("sts-testing.test", "250", "not authenticated"),
    ];

    /// <summary>What posttls-finger at level "dane" says of the rows that DANE is about: Verified, or not.</summary>
    private static readonly (string Domain, bool Verified)[] s_postfix =
    [
        ("dane.test", true), ("dane-ta.test", true), ("dane-wrong.test", false), ("dane-strip.test", false), ("dane-self.test", false),
        ("usage.test", false), ("signed.test", false), ("bogus.test", false), ("two.test", true), ("alias.test", true),
    ];

    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Every_row_is_delivered_or_deferred_as_its_policy_has_it() => OwnNetwork.Run(_place, MailWorld.Files, () =>
    {
        using var world = new MailWorld(_place, s_domains);
        int port = Workplace.FreePort();
        using PosternRig gate = world.Gate(port);
        foreach ((string domain, string answer, string over) in s_rows)
        {
            ToolResult sent = Send(port, domain);
            Assert.Equal($"{domain}: {answer}", $"{domain}: {Verdict(sent, answer)}");

            // Not the probes that looked whether somebody listens.
            JsonElement record = gate.WaitForEntry(entry =>
                entry.GetProperty("event").GetString() == "connection" && entry.GetProperty("gate").GetString() == "world" && entry.GetProperty("in").GetInt64() > 0);
            string tls = record.TryGetProperty("backend-tls", out JsonElement value) ? value.GetString() ?? "" : "";
            Assert.True(tls.EndsWith(over, StringComparison.Ordinal), $"{domain} went over \"{tls}\", not {over}: {record}");
            Assert.Equal(over.Length == 0, tls.Length == 0);
        }

        foreach ((string domain, bool verified) in s_postfix)
        {
            string said = Tool.Run("posttls-finger", "-c", "-l", "dane", "-t", "20", "-o", "inet_protocols=ipv4", domain).Output;
            Assert.True(said.Contains("Verified TLS connection", StringComparison.Ordinal) == verified, $"{domain}: {said}");
        }
    });

    /// <summary>The operator's table goes before everything else.</summary>
    [Fact]
    public void The_operators_rules_decide_first() => OwnNetwork.Run(_place, MailWorld.Files, () =>
    {
        using var world = new MailWorld(_place, s_domains);
        int port = Workplace.FreePort();
        string pin = MailWorld.KeyDigest(_place.At("other.pem"));
        using PosternRig gate = world.Gate(port, $"""
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
            """);
        foreach ((string domain, string answer) in (ReadOnlySpan<(string, string)>)
            [("dane-strip.test", "250"), ("plain.test", "451 4.7.4"), ("signed.test", "451 4.7.5"), ("pinned.test", "250"), ("pinned-self.test", "451 4.7.5"), ("dane.test", "250")])
        {
            Assert.Equal($"{domain}: {answer}", $"{domain}: {Verdict(Send(port, domain), answer)}");
        }
    });

    /// <summary>Nothing is sent against a policy because somebody is away; and the resolver comes back by itself.</summary>
    [Fact]
    public void Without_resolver_or_dns_mail_waits() => OwnNetwork.Run(_place, MailWorld.Files, () =>
    {
        using var world = new MailWorld(_place, s_domains);
        int port = Workplace.FreePort();
        using PosternRig gate = world.Gate(port);
        Assert.Equal("250", Verdict(Send(port, "sts.test"), "250"));

        string resolver = Tool.Run("pgrep", "-P", gate.Pid.ToString(System.Globalization.CultureInfo.InvariantCulture), "-f", "resolver").Output.Trim();
        Assert.NotEqual("", resolver);
        Tool.Must("kill", "-9", resolver);
        Assert.Equal("250", Verdict(Send(port, "dane.test"), "250"));

        // The DNS goes: who was not known cannot be decided about.
        world.StopDns();
        Assert.Equal("451 4.4.3", Verdict(Send(port, "dane-wrong.test"), "451 4.4.3"));
        Assert.DoesNotContain("dane-wrong.test", world.ReceiverLog, StringComparison.Ordinal);
    });

    /// <summary>A real MTA before the gate: what goes is sent, what may not waits in its queue and tells its operator why.</summary>
    [Fact]
    public void A_postfix_hands_its_mail_to_the_gate() => OwnNetwork.Run(_place, MailWorld.Files, () =>
    {
        using var world = new MailWorld(_place, s_domains);
        int port = Workplace.FreePort();
        using PosternRig gate = world.Gate(port);
        int postfix = world.StartSender(port);

        // One message for three domains; with the README's limit of 1 none of them waits for another (452).
        Tool.Must("swaks", "--server", $"127.0.0.1:{postfix}", "--helo", "client.test", "--from", "me@sender.test", "--to", "a@dane.test,b@dane.test,c@sts.test,d@dane-wrong.test");
        foreach ((string recipient, string status) in (ReadOnlySpan<(string, string)>)
            [("a@dane.test", "status=sent (250 2.0.0 Ok: queued as"), ("b@dane.test", "status=sent (250"), ("c@sts.test", "status=sent (250"), ("d@dane-wrong.test", "status=deferred (host 127.0.0.1[127.0.0.1] said: 451 4.7.5 mx.dane-wrong.test for dane-wrong.test: its certificate matches no TLSA record")])
        {
            Workplace.WaitFor(
                () => world.SenderLog.Split('\n').Any(line => line.Contains($"to=<{recipient}>", StringComparison.Ordinal) && line.Contains(status, StringComparison.Ordinal)),
                () => $"{recipient}: {world.SenderLog}");
        }

        Assert.DoesNotContain("dane-wrong.test", world.ReceiverLog, StringComparison.Ordinal);
    });

    /// <summary>The same decisions for a Postfix that does its own TLS, by Postfix's own client.</summary>
    [Fact]
    public void Postfix_looks_policies_up() => OwnNetwork.Run(_place, MailWorld.Files, () =>
    {
        using var world = new MailWorld(_place, s_domains);
        int maps = Workplace.FreePort();
        using PosternRig gate = world.Gate(Workplace.FreePort(), maps: maps);
        foreach ((string domain, string entry) in (ReadOnlySpan<(string, string)>)
            [("dane.test", "dane-only"), ("dane-strip.test", "dane-only"), ("usage.test", "encrypt"), ("sts.test", "secure match=mx.sts.test servername=hostname"), ("plain.test", ""), ("null.test", "")])
        {
            Assert.Equal(entry, Tool.Run("postmap", "-q", domain, $"socketmap:inet:127.0.0.1:{maps}:policy").Output.Trim());
        }

        Assert.Equal(
            "secure match=mx.sts.test servername=hostname policy_type=sts policy_domain=sts.test mx_host_pattern=mx.sts.test mx_host_pattern=mx.sts-wrong.test mx_host_pattern=mx.sts-strip.test"
            + " { policy_string = version: STSv1 } { policy_string = mode: enforce } { policy_string = mx: mx.sts.test } { policy_string = mx: mx.sts-wrong.test } { policy_string = mx: mx.sts-strip.test } { policy_string = max_age: 86400 }",
            Tool.Run("postmap", "-q", "sts.test", $"socketmap:inet:127.0.0.1:{maps}:policy-tlsrpt").Output.Trim());
        ToolResult bogus = Tool.Run("postmap", "-q", "bogus.test", $"socketmap:inet:127.0.0.1:{maps}:policy");
        Assert.NotEqual(0, bogus.ExitCode);
        Assert.Contains("451 4.4.3", bogus.Output, StringComparison.Ordinal);
    });

    private static ToolResult Send(int port, string domain) =>
        Tool.Run("swaks", "--server", $"127.0.0.1:{port}", "--helo", "client.test", "--from", "me@sender.test", "--to", $"user@{domain}", "--timeout", "60");

    /// <summary>As much of the answer as was expected: the end of data's, or that to the command that was refused.</summary>
    private static string Verdict(ToolResult sent, string expected)
    {
        string? refusal = sent.Output.Split('\n').FirstOrDefault(line => line.StartsWith("<** ", StringComparison.Ordinal));
        if (refusal is not null)
            return refusal[4..][..Math.Min(expected.Length, refusal.Length - 4)];
        return sent.ExitCode == 0 && sent.Output.Contains("queued as", StringComparison.Ordinal) ? "250" : sent.Output;
    }
}
