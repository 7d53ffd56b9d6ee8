using System.Collections.Immutable;
using Postern.Cli.Output;
using Postern.Configuration.Control;

namespace Postern.Cli.Tests;

public sealed class StatusTests
{
    private static readonly DateTimeOffset s_now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    internal static StatusReport Report { get; } = new()
    {
        Version = "0.1.0",
        ConfigurationFile = "/etc/postern/postern.toml",
        StartedAt = s_now.AddDays(-3),
        ConfiguredAt = s_now.AddMinutes(-5),
        Notices = ["certificate.old expires soon"],
        Generations =
        [
            new GenerationStatus(2, "current", s_now.AddMinutes(-5), new ServiceStatus(4700, 1), new ServiceStatus(4701, 0), new ServiceStatus(4702, 0), [new WorkerStatus(4711, 12, 0), new WorkerStatus(4712, 3, 2)]),
            new GenerationStatus(1, "draining", s_now.AddDays(-3), new ServiceStatus(0, 0), new ServiceStatus(4002, 0), null, [new WorkerStatus(4001, 1, 0)]),
        ],
        Gates =
        [
            new GateStatus(
                "imaps", "imap", "implicit", ["[::]:993", "0.0.0.0:993"], 15, 1234, 5_000, 12_345_678,
                Counts(("relay", 1200), ("handshake", 19)), Counts(("closed", 1200), ("handshake-failed", 19)))
            {
                Discovered = ["imaps: mail.example.org:993 (implicit TLS), certificate must be for example.org", "imap: b.example.net:143 (STARTTLS, mandatory), certificate must be for example.net"],
            },
            new GateStatus("quiet", "pop3", "starttls", ["127.0.0.1:110"], 0, 0, 0, 0, Counts(), Counts()),
        ],
        Certificates =
        [
            new CertificateStatus("mail", ["mail.example.org", "*.example.org"], "EC", s_now.AddDays(60.5)),
            new CertificateStatus("old", ["old.example.org"], "RSA", s_now.AddDays(2.5)),
            new CertificateStatus("gone", ["gone.example.org"], "RSA", s_now.AddDays(-1)),
        ],
    };

    [Fact]
    public void Everything_is_told()
    {
        string text = Written(Report);
        Assert.StartsWith("posternd 0.1.0, up 3 d 0 h\nconfiguration /etc/postern/postern.toml, in force for 5 min 0 s\nnotice: certificate.old expires soon\n", text);
        Assert.Matches(@"imaps +imap +implicit +\[::\]:993 +15 +1234 +5000 B +12\.3 MB *\n +0\.0\.0\.0:993", text);
        Assert.Matches(@"imaps +1200 closed +1200 relay *\n +19 handshake-failed +19 handshake", text);
        Assert.Matches(@"quiet +pop3 +starttls +127\.0\.0\.1:110 +0 +0 +0 B +0 B", text);
        Assert.Matches(@"2 +current +5 min 0 s +key agent +4700 +1 *\n +dialer +4701 +0 *\n +nursery +4702 +0 *\n +porter +4711 +12 +0 *\n +porter +4712 +3 +2", text);
        Assert.Matches(@"1 +draining +3 d 0 h +key agent +none +0 *\n +dialer +4002 +0 *\n +worker +4001 +1 +0", text);
    }

    [Fact]
    public void What_was_discovered_is_told_and_no_gate_without_it() =>
        Assert.Matches(
            @"gate +discovered *\n(.*\n)? +imaps +imaps: mail\.example\.org:993 \(implicit TLS\), certificate must be for example\.org *\n +imap: b\.example\.net:143 .*example\.net *\n *\n",
            Written(Report));

    /// <summary>Its JSON has no such key.</summary>
    [Fact]
    public void A_posternd_of_before_has_discovered_nothing() =>
        Assert.DoesNotContain("discovered", Written(Report with { Gates = [Report.Gates[1] with { Discovered = default }] }), StringComparison.Ordinal);

    [Fact]
    public void Certificates_have_the_days_that_are_left()
    {
        string text = Written(Report);
        Assert.Matches(@"mail +mail\.example\.org +EC +2026-05-01 00:00Z +60 *\n +\*\.example\.org", text);
        Assert.Matches(@"old +old\.example\.org +RSA +2026-03-04 00:00Z +2", text);
        Assert.Matches(@"gone .* 2026-02-28 12:00Z +expired", text);
    }

    [Fact]
    public void A_gate_where_nothing_has_ended_is_not_told_twice() =>
        Assert.Single(Written(Report).Split('\n'), line => line.Contains("quiet", StringComparison.Ordinal));

    [Fact]
    public void There_is_no_colour_in_a_file() => Assert.DoesNotContain('\x1b', Written(Report));

    [Fact]
    public void Nothing_in_a_report_reaches_the_terminal_unescaped()
    {
        StatusReport report = Report with { Notices = ["\x1b]0;title\a [red]not markup[/]"] };
        Assert.Contains("notice: \\u001B]0;title\\u0007 [red]not markup[/]\n", Written(report));
    }

    private static string Written(StatusReport report)
    {
        using var text = new StringWriter();
        StatusTables.Write(Terminal.Open(text), report, s_now);
        return text.ToString();
    }

    private static ImmutableDictionary<string, long> Counts(params (string Name, long Count)[] counts) =>
        counts.ToImmutableDictionary(count => count.Name, count => count.Count);
}
