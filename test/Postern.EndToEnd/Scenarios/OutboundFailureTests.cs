using System.Globalization;
using Postern.EndToEnd.Rigs;
using Postern.EndToEnd.Scenarios.Outbound;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>
/// What mail needs goes away under it: the resolver, the DNS (refused, and silent), the right time, the disk. Each time mail is
/// deferred or sent as its policy has it, never in the clear against it, never lost; and when the thing is back, nobody has to do
/// anything.
/// </summary>
public sealed class OutboundFailureTests : IDisposable
{
    /// <summary>As long as a libunbound remembers what was bogus, and a resolver what failed, and some more.</summary>
    private static readonly TimeSpan s_recovery = TimeSpan.FromSeconds(150);

    private static readonly MailDomain[] s_domains =
    [
        new("dane.test") { Tlsa = "3 1 1 right" },
        new("first.test") { Tlsa = "3 1 1 right" },
        new("second.test") { Tlsa = "3 1 1 right" },
        new("dane-strip.test") { Tlsa = "3 1 1 right", Host = MailWorld.Stripped },
        new("plain.test") { Host = MailWorld.Stripped },
        new("sts.test") { Delegation = Delegation.Unsigned, Policy = StsScenes.Policy("sts.test") },
    ];

    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    /// <summary>The resolver comes back by itself. Without a DNS, who was not known cannot be decided about.</summary>
    [Fact]
    public void Without_resolver_or_dns_mail_waits() => OwnNetwork.Run(_place, MailWorld.Files, () =>
    {
        using var world = new MailWorld(_place, s_domains);
        int port = Workplace.FreePort();
        using PosternRig gate = world.Gate(port);
        Send(port, "sts.test").Expect(Scene.Delivered);

        string resolver = Tool.Run("pgrep", "-P", gate.Pid.ToString(CultureInfo.InvariantCulture), "-f", "resolver").Output.Trim();
        Assert.NotEqual("", resolver);
        Tool.Must("kill", "-9", resolver);
        Send(port, "dane.test").Expect(Scene.Delivered);

        world.StopDns();
        Send(port, "dane-strip.test").Expect("451 4.4.3 ");
        Assert.DoesNotContain("<user@dane-strip.test>", world.ReceiverLog, StringComparison.Ordinal);
    });

    /// <summary>
    /// Questions go out and nothing comes back: what was decided holds, what was not waits, and a real MTA's queue brings it when the
    /// DNS is there again.
    /// </summary>
    [Fact]
    public void A_silent_dns_defers() => OwnNetwork.Run(_place, MailWorld.Files, () =>
    {
        using var world = new MailWorld(_place, s_domains);
        int port = Workplace.FreePort();
        using PosternRig gate = world.Gate(port);
        int postfix = world.StartSender(port);
        Send(port, "first.test").Expect(Scene.Delivered);
        Send(port, "sts.test").Expect(Scene.Delivered);

        world.Dns.IsSilent = true;
        Send(port, "first.test").Expect(Scene.Delivered);
        OwnNetwork.Together(
            [() => Send(port, "dane-strip.test").Expect("451 4.4.3 "), () => Send(port, "plain.test").Expect("451 4.4.3 "), () => Send(port, "sts.test").Expect(Scene.Delivered)], 3);
        Tool.Must("swaks", "--server", $"127.0.0.1:{postfix}", "--helo", "client.test", "--from", "me@sender.test", "--to", "queued@second.test");
        Until(() => world.SenderLog.Contains("status=deferred (host 127.0.0.1[127.0.0.1] said: 451 4.4.3 the mail exchangers of second.test", StringComparison.Ordinal), () => world.SenderLog);
        foreach (string domain in (ReadOnlySpan<string>)["dane-strip", "plain", "second"])
            Assert.DoesNotContain($"@{domain}.test>", world.ReceiverLog, StringComparison.Ordinal);

        world.Dns.IsSilent = false;
        Until(() => world.ReceiverLog.Contains("to=<queued@second.test>", StringComparison.Ordinal), () => world.SenderLog);
        Send(port, "dane-strip.test").Expect("451 4.7.4 ");
    });

    /// <summary>
    /// The clock is off by a day. To who validates that is signatures of the day before yesterday, or of tomorrow, which is what they
    /// are made here: a process cannot be given another time of day than the machine's.
    /// </summary>
    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public void A_clock_that_is_off_by_a_day_defers(int days) => OwnNetwork.Run(_place, MailWorld.Files, () =>
    {
        using var world = new MailWorld(_place, s_domains);
        world.Zones.Resign(TimeSpan.FromDays(days));
        int port = Workplace.FreePort();
        using PosternRig gate = world.Gate(port);
        foreach (string domain in (ReadOnlySpan<string>)["dane.test", "dane-strip.test", "plain.test", "sts.test"])
            Send(port, domain).Expect("451 4.4.3 ");
        Assert.DoesNotContain("<user@", world.ReceiverLog, StringComparison.Ordinal);
        Until(() => gate.Log.Contains("DNSSEC does not work here, and so there is no DANE: the root's keys are not those that are trusted: is the clock right", StringComparison.Ordinal), () => gate.Log);

        // Both ways back are one, and it takes a minute.
        if (days > 0)
            return;
        world.Zones.Resign(null);
        Until(() => Send(port, "dane.test").Reply.StartsWith(Scene.Delivered, StringComparison.Ordinal), () => gate.Log);
        Until(() => Send(port, "dane-strip.test").Reply.StartsWith("451 4.7.4 ", StringComparison.Ordinal), () => gate.Log);
    });

    /// <summary>A disk of a quarter of a megabyte, and full: an alarm, and everything is decided as before. With room it is written to again.</summary>
    [Fact]
    public void A_full_disk_stops_nothing() => OwnNetwork.Run(_place, MailWorld.Files, () =>
    {
        using var world = new MailWorld(_place, s_domains);
        string state = world.State();
        Tool.Must("mount", "-t", "tmpfs", "-o", "size=256k,mode=755", "tmpfs", state);
        Tool.Must("chown", "nobody", state);
        int port = Workplace.FreePort();
        using PosternRig gate = world.Gate(port);
        Send(port, "first.test").Expect(Scene.Delivered);

        // dd ends when there is no room left, which is what it is for.
        _ = Tool.Run("dd", "if=/dev/zero", "of=" + Path.Combine(state, "balloon"), "bs=1k", "status=none");
        Send(port, "dane.test").Expect(Scene.Delivered);
        Send(port, "sts.test").Expect(Scene.Delivered);
        Send(port, "dane-strip.test").Expect("451 4.7.4 ");
        for (int i = 0; i < 200 && !gate.Log.Contains("there is no room for", StringComparison.Ordinal); i++)
            Send(port, "second.test").Expect(Scene.Delivered);
        Until(() => gate.Log.Contains("there is no room for", StringComparison.Ordinal), () => gate.Log);
        Assert.DoesNotContain("<user@dane-strip.test>", world.ReceiverLog, StringComparison.Ordinal);

        File.Delete(Path.Combine(state, "balloon"));
        Until(
            () =>
            {
                Send(port, "second.test").Expect(Scene.Delivered);
                return gate.Log.Contains("is written again", StringComparison.Ordinal);
            },
            () => gate.Log);
        Assert.Contains("second.test", gate.Run("policy", "list").Output, StringComparison.Ordinal);
    });

    private static SentMail Send(int port, string domain) => MailClient.Send(port, $"user@{domain}");

    private static void Until(Func<bool> condition, Func<string> explain)
    {
        DateTime end = DateTime.UtcNow + s_recovery;
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < end, explain());
            Thread.Sleep(500);
        }
    }
}
