using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios.Outbound;

/// <summary>Real MTAs before the gate: as their relay host, and as the map that they ask for policies.</summary>
[Collection(nameof(MailInternet))]
public sealed class SenderTests(MailInternet internet)
{
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

    private static bool HasLine(string log, params string[] words) =>
        log.Split('\n').Any(line => words.All(word => line.Contains(word, StringComparison.Ordinal)));
}
