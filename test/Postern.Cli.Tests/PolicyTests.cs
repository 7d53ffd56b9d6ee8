using System.Text.Json;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.Memory;
using Postern.Policy.MtaSts;
using Postern.Policy.Ratchet;
using Postern.Policy.TlsRpt;
using Postern.Store;

namespace Postern.Cli.Tests;

/// <summary>postern policy: what is remembered is shown, and forgotten when that is said.</summary>
public sealed class PolicyTests : IDisposable
{
    private static readonly DateTimeOffset s_first = new(2026, 9, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly Folder _folder = new();

    public PolicyTests()
    {
        using StoreFile file = Open();
        foreach (string domain in (string[])["example.org", "sub.example.org", "example.net"])
            Assert.Null(file.Domains.Keep(Memory(domain)));
    }

    private string NoSocket => _folder.At("nobody.sock");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_domain_is_shown_with_its_policy_and_its_hosts()
    {
        Said said = Command.Run("policy", "list", "--state", _folder.Path, "example.net");
        Assert.Equal((0, ""), (said.Status, said.Errors));
        Assert.Equal(
            [
                "example.net",
                "  first seen 2026-09-01 12:00Z, last 2026-09-02 12:00Z",
                "  MTA-STS: enforce, id 2026a, fetched 2026-09-01 12:00Z, expired 2026-09-02 12:00Z",
                "    mx: mx.example.net, *.mail.example.net",
                "  MTA-STS: the policy 2026b could not be fetched 2026-09-01 12:00Z: it answers with 404\\u001B[2J",
                "  mx.example.net: DANE, from 2026-09-01 12:00Z to 2026-09-02 12:00Z (tlsa-usable)",
                "",
            ],
            said.Output.Split('\n'));
    }

    [Fact]
    public void All_are_shown_or_some_and_what_is_below_them()
    {
        Assert.Equal(["example.net", "example.org", "sub.example.org"], Names("policy", "list", "--json", "--state", _folder.Path));
        Assert.Equal(["example.org", "sub.example.org"], Names("policy", "list", "--json", "--state", _folder.Path, "Example.ORG."));
        Said none = Command.Run("policy", "list", "--state", _folder.Path, "example.com");
        Assert.Equal(new Said(0, "", "postern: nothing is known of example.com\n"), none);
    }

    [Fact]
    public void Json_has_all_of_it()
    {
        JsonElement domain = JsonDocument.Parse(Command.Run("policy", "list", "--json", "--state", _folder.Path, "example.net").Output).RootElement.GetProperty("domains")[0];
        Assert.Equal(s_first, domain.GetProperty("firstSeen").GetDateTimeOffset());
        Assert.Equal("enforce", domain.GetProperty("sts").GetProperty("policy").GetProperty("mode").GetString());
        Assert.Equal("*.mail.example.net", domain.GetProperty("sts").GetProperty("policy").GetProperty("mx")[1].GetString());
        Assert.Equal("sts-policy-fetch-error", domain.GetProperty("sts").GetProperty("failure").GetProperty("type").GetString());
        Assert.Equal("dane", domain.GetProperty("hosts")[0].GetProperty("level").GetString());
    }

    [Fact]
    public void What_is_forgotten_is_gone()
    {
        Said said = Command.Run("policy", "flush", "example.org", "--state", _folder.Path, "--control", NoSocket);
        Assert.Equal((0, ""), (said.Status, said.Errors));
        Assert.StartsWith("example.org is forgotten; no posternd runs at ", said.Output);
        Assert.Equal(["example.net", "sub.example.org"], Names("policy", "list", "--json", "--state", _folder.Path));
        Assert.StartsWith("nothing was kept of example.org; ", Command.Run("policy", "flush", "example.org", "--state", _folder.Path, "--control", NoSocket).Output);
        Assert.Equal("{\"domain\":\"example.net\",\"forgotten\":true,\"told\":false}\n", Command.Run("policy", "flush", "example.net", "--json", "--state", _folder.Path, "--control", NoSocket).Output);
    }

    [Fact]
    public void Where_nothing_was_kept_no_file_is_made()
    {
        string empty = Directory.CreateDirectory(_folder.At("empty")).FullName;
        foreach (string[] arguments in (string[][])[["policy", "list"], ["policy", "flush", "example.org", "--control", NoSocket], ["tlsrpt", "make", "--contact", "a@example.org"]])
        {
            Said said = Command.Run([.. arguments, "--state", empty]);
            Assert.Equal((1, ""), (said.Status, said.Output));
            Assert.StartsWith($"postern: there is no {empty}/records/postern.db: ", said.Errors);
        }

        Assert.Empty(Directory.GetFileSystemEntries(empty));
    }

    [Fact]
    public void A_file_that_is_damaged_is_said_and_left_where_it_is()
    {
        string other = _folder.At("other"), records = Directory.CreateDirectory(Path.Combine(other, StoreFile.Folder)).FullName;
        File.WriteAllText(Path.Combine(records, StoreFile.Name), new string('x', 5000));
        Said said = Command.Run("policy", "list", "--state", other);
        Assert.Equal((1, ""), (said.Status, said.Output));
        Assert.Contains("postern.db is damaged (", said.Errors);
        Assert.Equal(5000, new FileInfo(Path.Combine(records, StoreFile.Name)).Length);
        Assert.False(File.Exists(Path.Combine(records, StoreFile.NameOfDamaged)));
    }

    [Fact]
    public void Reports_are_made_of_what_was_counted()
    {
        var day = new ReportDay(new DateOnly(2026, 11, 26));
        using (StoreFile file = Open())
        {
            Assert.Null(file.Sessions.Count(day, new ReportedPolicy(PolicyType.NoPolicyFound, "example.org", [], []), null));
            Assert.Null(file.Sessions.Count(day, new ReportedPolicy(PolicyType.Tlsa, "mx.example.net", ["3 1 1 00"], []), new SessionFailure(ResultType.ValidationFailure) { ReceivingHost = "mx.example.net" }));
        }

        Said printed = Command.Run("tlsrpt", "make", "--day", "2026-11-26", "--contact", "tls@sender.example", "--state", _folder.Path);
        Assert.Equal((0, ""), (printed.Status, printed.Errors));
        TlsReport[] reports = [.. printed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => ReportReader.Read(System.Text.Encoding.UTF8.GetBytes(line)).Report!)];
        Assert.Equal(["example.org", "mx.example.net"], reports.Select(report => report.Policies.Single().Policy.Domain).Order());
        Assert.All(reports, report => Assert.Equal(("sender.example", "tls@sender.example", day.Start, day.End), (report.Organization, report.Contact, report.Start, report.End)));

        string directory = Directory.CreateDirectory(_folder.At("out")).FullName;
        Said written = Command.Run("tlsrpt", "make", "--day", "2026-11-26", "--contact", "tls@sender.example", "--organization", "Sender", "--directory", directory, "--state", _folder.Path);
        Assert.Equal(0, written.Status);
        Assert.Equal(
            [$"{directory}/sender.example!example.org!1795651200!1795737599.json.gz", $"{directory}/sender.example!mx.example.net!1795651200!1795737599.json.gz"],
            written.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
        Said shown = Command.Run(["tlsrpt", "show", .. Directory.GetFiles(directory).Order(StringComparer.Ordinal)]);
        Assert.Equal((0, ""), (shown.Status, shown.Errors));
        Assert.Contains("Sender, 2026-11-26", shown.Output);
        Assert.Contains("  tlsa mx.example.net: 0 sessions as they should be, 1 failed", shown.Output);

        Said none = Command.Run("tlsrpt", "make", "--day", "2026-11-25", "--contact", "tls@sender.example", "--state", _folder.Path);
        Assert.Equal(new Said(0, "", "postern: no session was counted on 2026-11-25\n"), none);
    }

    private static string[] Names(params string[] arguments) =>
        [.. JsonDocument.Parse(Command.Run(arguments).Output).RootElement.GetProperty("domains").EnumerateArray().Select(domain => domain.GetProperty("name").GetString()!)];

    private static DomainMemory Memory(string domain)
    {
        DnsName name = DnsName.Read(domain)!;
        return new DomainMemory(name, s_first, s_first.AddDays(1))
        {
            Sts = new StsMemory(name)
            {
                FirstSeen = s_first,
                Held = new HeldPolicy("2026a", new StsPolicy(StsMode.Enforce, TimeSpan.FromDays(1), [MxPattern.Read("mx." + domain)!, MxPattern.Read("*.mail." + domain)!]), s_first),
                Failure = new FetchFailure("2026b", s_first, ResultType.StsPolicyFetchError, "it answers with 404\x1b[2J"),
            },
            Ratchet = new RatchetMemory(name) { Hosts = [new HostLevel(DnsName.Read("mx." + domain)!, AssuredLevel.Dane, s_first, s_first.AddDays(1), "tlsa-usable")] },
        };
    }

    private StoreFile Open()
    {
        StoreFile? file = StoreFile.Open(Directory.CreateDirectory(_folder.At(StoreFile.Folder)).FullName, out StoreFault? fault);
        Assert.True(file is not null, fault?.Text);
        return file;
    }
}
