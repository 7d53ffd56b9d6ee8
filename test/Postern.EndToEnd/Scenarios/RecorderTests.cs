using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Postern.EndToEnd.Rigs;
using Postern.Interop.LibC;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.Memory;
using Postern.Policy.Ratchet;
using Postern.Policy.TlsRpt;
using Postern.Roles.Ipc;
using Postern.Roles.Recorder;
using Postern.Store;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>The recorder as a process: in its sandbox, killed while it writes, with a full disk, with a damaged file.</summary>
public sealed class RecorderTests : IDisposable
{
    private static readonly DateTimeOffset s_at = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly ReportedPolicy s_policy = new(PolicyType.NoPolicyFound, "example.org", [], []);

    private readonly Workplace _place = new();
    private readonly string _state;

    public RecorderTests()
    {
        _state = _place.MakeDirectory(StoreFile.Folder, RecorderRig.User);
        File.SetUnixFileMode(_state, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public void Dispose() => _place.Dispose();

    /// <summary>With every layer in place, all that SQLite wants is on the list of calls, and all that it makes is its user's.</summary>
    [Fact]
    public void It_works_in_its_sandbox()
    {
        using (var rig = new RecorderRig(_place.Directory))
        {
            Assert.Equal((MessageKind.Ready, ""), (rig.First!.Kind, rig.First.Text));
            for (int i = 0; i < 3000; i++)
            {
                Assert.True(rig.Say(RecorderKind.Keep, DomainMemoryText.Write(Memory($"d{i}.example.org", 4000))));
                Assert.True(rig.Say(RecorderKind.Count, RecorderRequest.Body(s_policy, i % 3 == 0 ? new SessionFailure(ResultType.TlsaInvalid) : null)));
            }

            Assert.Equal(RecorderOutcome.Known, rig.Find(Name("d2999.example.org"), out DomainMemory? memory));
            Assert.Equal(AssuredLevel.Dane, memory!.Ratchet!.Hosts[0].Level);
            Assert.Equal(RecorderOutcome.Unknown, rig.Find(Name("example.net"), out _));
            Assert.Empty(rig.Alarms);
            Assert.Equal(("1", "2", "0000000000000000"), (rig.Status("NoNewPrivs"), rig.Status("Seccomp"), rig.Status("CapEff")));
            Assert.Equal(string.Join('\t', Enumerable.Repeat(Tool.Run("id", "-u", RecorderRig.User).Output.Trim(), 4)), rig.Status("Uid"));
            Assert.NotEqual(Tool.Run("readlink", "/proc/self/ns/net").Output, Tool.Run("readlink", $"/proc/{rig.Pid}/ns/net").Output);
            Assert.Equal($"{RecorderRig.User} 600", Tool.Run("stat", "-c", "%U %a", Path.Combine(_state, StoreFile.Name)).Output.Trim());
        }

        using StoreFile file = Open();
        Assert.Null(file.Sessions.Days(out var days));
        Assert.Null(file.Sessions.Read(days.Single(), out SessionTally tally));
        Assert.Equal((2000, 1000), tally.ToReports(days[0], "o", "c", domain => domain).Select(report => ((int)report.Policies[0].Successful, (int)report.Policies[0].Failed)).Single());
    }

    [Fact]
    public void What_is_no_request_is_reported_and_the_next_one_is_answered()
    {
        using var rig = new RecorderRig(_place.Directory);
        Assert.True(rig.Say((RecorderKind)99, "x"u8));
        Assert.True(rig.Say(RecorderKind.Keep, "{}"u8));
        Assert.True(rig.Say(RecorderKind.Count, new byte[RecorderRequest.MaxSize]));
        Assert.Equal(RecorderOutcome.Unknown, rig.Find(Name("example.org"), out _));
        Workplace.WaitFor(() => rig.Refused == 3, () => $"{rig.Refused} were reported");
    }

    /// <summary>
    /// Ten times, at another moment each: what it had confirmed is there, nothing else is damaged, and the next one goes on. Taken
    /// out: the transaction in StoreFile.Together (a policy without its sessions), journal_mode=WAL with synchronous=OFF does not
    /// matter here, since the kernel lives.
    /// </summary>
    [Fact]
    public void Killed_while_it_writes_it_loses_nothing_that_it_confirmed()
    {
        var random = new Random(6);
        List<DnsName> confirmed = [];
        for (int round = 0; round < 10; round++)
        {
            using var rig = new RecorderRig(_place.Directory);
            foreach (DnsName domain in confirmed)
                Assert.Equal(RecorderOutcome.Known, rig.Find(domain, out _));

            int killAt = random.Next(1, 60);
            using var killed = new ManualResetEventSlim();
            var killer = new Thread(() =>
            {
                killed.Wait(TimeSpan.FromSeconds(60));
                rig.Kill();
            });
            killer.Start();
            for (int i = 0; ; i++)
            {
                if (i == killAt)
                    killed.Set();
                DnsName domain = Name($"r{round}-{i}.example.org");
                if (!rig.Say(RecorderKind.Keep, DomainMemoryText.Write(Memory(domain.Text, 2000))) || !rig.Say(RecorderKind.Count, RecorderRequest.Body(s_policy, null))
                    || rig.Find(domain, out _) is not { } outcome)
                {
                    break;
                }

                Assert.Equal(RecorderOutcome.Known, outcome);
                confirmed.Add(domain);
            }

            killer.Join();
            Assert.Empty(rig.Alarms);
        }

        Assert.True(confirmed.Count >= 10);
        using StoreFile file = Open();
        Assert.Null(file.Sessions.Days(out var days));
        long sessions = days.Sum(day =>
        {
            Assert.Null(file.Sessions.Read(day, out SessionTally tally));
            return tally.ToReports(day, "o", "c", domain => domain).Sum(report => report.Policies[0].Successful);
        });
        Assert.InRange(sessions, confirmed.Count, confirmed.Count + 10);
    }

    /// <summary>A real disk of half a megabyte: an alarm, answers all the same, and when there is room it is written again.</summary>
    [Fact]
    public void A_full_disk_is_an_alarm_and_stops_nothing()
    {
        // The balloon is what is taken away to make room; the test reaches the disk through the process's own root.
        using var rig = new RecorderRig(_place.Directory, $"mount -t tmpfs -o size=512k,mode=700,uid=$(id -u {RecorderRig.User}) tmpfs {_state} && head -c 300k /dev/zero >{_state}/balloon");
        Assert.Equal(MessageKind.Ready, rig.First!.Kind);
        Assert.True(rig.Say(RecorderKind.Keep, DomainMemoryText.Write(Memory("first.example.org", 100))));
        Assert.Equal(RecorderOutcome.Known, rig.Find(Name("first.example.org"), out _));
        for (int i = 0; i < 400 && rig.Alarms.Length == 0; i++)
        {
            Assert.True(rig.Say(RecorderKind.Keep, DomainMemoryText.Write(Memory($"d{i}.example.org", 4000))));
            Assert.NotNull(rig.Find(Name("first.example.org"), out _));
        }

        Workplace.WaitFor(() => rig.Alarms.Length > 0, () => "a disk of half a megabyte holds more than two");
        Assert.Contains("there is no room for", rig.Alarms[0], StringComparison.Ordinal);
        Assert.Equal(RecorderOutcome.Known, rig.Find(Name("first.example.org"), out _));
        Assert.NotNull(rig.Find(Name("example.net"), out _));
        _ = Assert.Single(rig.Alarms);

        File.Delete($"/proc/{rig.Pid}/root{_state}/balloon");
        Workplace.WaitFor(() =>
        {
            Assert.True(rig.Say(RecorderKind.Keep, DomainMemoryText.Write(Memory("later.example.org", 100))));
            return rig.Find(Name("later.example.org"), out _) == RecorderOutcome.Known;
        }, () => string.Join('\n', rig.Alarms));
        Workplace.WaitFor(() => rig.Alarms.Length == 2, () => string.Join('\n', rig.Alarms));
        Assert.EndsWith("is written again", rig.Alarms[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_file_is_put_aside_and_said()
    {
        File.WriteAllText(Path.Combine(_state, StoreFile.Name), new string('x', 10_000));
        _ = Tool.Run("chown", RecorderRig.User, Path.Combine(_state, StoreFile.Name));
        using var rig = new RecorderRig(_place.Directory);

        // It is ready when it has looked at the file, and says behind that what it found.
        Assert.Equal(MessageKind.Ready, rig.First!.Kind);
        Assert.True(File.Exists(Path.Combine(_state, StoreFile.NameOfDamaged)), "it was ready before it had looked");
        Assert.True(rig.Say(RecorderKind.Keep, DomainMemoryText.Write(Memory("example.org", 100))));
        Assert.Equal(RecorderOutcome.Known, rig.Find(Name("example.org"), out _));
        Workplace.WaitFor(() => rig.Alarms.Length == 1, () => "nothing was said");
        Assert.Contains("it is called postern.db.damaged now", rig.Alarms[0], StringComparison.Ordinal);
        Assert.Equal(10_000, new FileInfo(Path.Combine(_state, StoreFile.NameOfDamaged)).Length);
    }

    [Fact]
    public void A_directory_of_another_user_is_said_and_it_goes_on_without()
    {
        _ = Tool.Run("chown", "root", _state);
        using var rig = new RecorderRig(_place.Directory);
        Assert.Equal(MessageKind.Ready, rig.First!.Kind);
        Assert.Equal(RecorderOutcome.Away, rig.Find(Name("example.org"), out _));
        Workplace.WaitFor(() => rig.Alarms.Length == 1, () => "nothing was said");
        Assert.Contains("cannot be opened or made", rig.Alarms[0], StringComparison.Ordinal);
    }

    /// <summary>
    /// All of it: mail that cannot go, since TLSA records cannot be looked up; what is known of its domain outlives the recorder's
    /// death, and is forgotten when the operator says so, also by the resolver. Taken out: Give in Supervisor.Start (nothing is
    /// kept), Forget in ResolverRole (the domain is not asked for again).
    /// </summary>
    [Fact]
    public void In_a_posternd_it_keeps_what_the_resolver_learns()
    {
        using var dns = new LineServer("""
            one.example MX secure 10 mx.one.example
            mx.one.example A secure 9.9.9.9
            mx.one.example AAAA secure -
            _25._tcp.mx.one.example TLSA failed
            two.example MX secure 10 mx.two.example
            mx.two.example A secure 9.9.9.9
            mx.two.example AAAA secure -
            _25._tcp.mx.two.example TLSA failed
            """);
        int port = Workplace.FreePort();
        using var rig = new PosternRig(_place, "outbound", "workers = 1\nsandbox = \"required\"", $"""
            [[outbound]]
            name = "relay"
            protocol = "smtp"
            listen = ["127.0.0.1:{port}"]
            tls = "plain"

            [policy]
            state = "{_place.At("kept")}"

            [resolver]
            trust-ad = "{dns.Address}"
            """, [port]);
        Assert.StartsWith("451", Recipient(port, "one.example"), StringComparison.Ordinal);
        WaitForDomains(rig, "one.example");
        Assert.Equal("700 nobody", Tool.Run("stat", "-c", "%a %U", _place.At("kept/records")).Output.Trim());
        string today = DateTimeOffset.UtcNow.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        Assert.Contains("\"policy-domain\":\"mx.one.example\"", rig.Run("tlsrpt", "make", "--contact", "tls@example.org", "--day", today).Output, StringComparison.Ordinal);

        int pid = RecorderOf(rig);
        _ = Tool.Run("kill", "-KILL", pid.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Workplace.WaitFor(() => RecorderOf(rig) is var now && now != 0 && now != pid, () => "there is no other: " + rig.Log);
        Assert.Contains($"recorder {pid} ended (killed by signal 9)", rig.Log, StringComparison.Ordinal);
        Assert.StartsWith("451", Recipient(port, "two.example"), StringComparison.Ordinal);
        WaitForDomains(rig, "one.example", "two.example");

        int asked = dns.Asked;
        Assert.StartsWith("451", Recipient(port, "one.example"), StringComparison.Ordinal);
        Assert.Equal(asked, dns.Asked);
        Assert.Equal("one.example is forgotten; posternd was told", rig.Run("policy", "flush", "one.example").Output.Trim());
        Workplace.WaitFor(() => Domains(rig).SequenceEqual(["two.example"]), () => string.Join(' ', Domains(rig)));

        // It was told, and may not have heard it yet.
        Workplace.WaitFor(
            () => Recipient(port, "one.example").StartsWith("451", StringComparison.Ordinal) && dns.Asked > asked, () => "the resolver still knows what was flushed");
        WaitForDomains(rig, "one.example", "two.example");
    }

    /// <summary>docs/sandbox.md says what a stolen one finds. Taken out: any "refused" of it, by adding its call to RoleCalls.Recorder.</summary>
    [Fact]
    public void What_is_left_to_a_stolen_recorder()
    {
        using var dns = new LineServer("");
        using var rig = new ProbeRig("outbound", place =>
        {
            string file = ProbeRig.Configure(place, "probe", "");
            File.AppendAllText(file, $"""


                [[outbound]]
                name = "relay"
                protocol = "smtp"
                listen = ["127.0.0.1:{Workplace.FreePort()}"]
                tls = "plain"

                [policy]
                state = "{place.At("kept")}"

                [resolver]
                trust-ad = "{dns.Address}"
                """);
            return file;
        });
        SandboxDocument.Tells("recorder", rig.Try("recorder"));
    }

    private static int RecorderOf(PosternRig rig) => rig.Status().GetProperty("generations")[0].GetProperty("recorder").GetProperty("pid").GetInt32();

    private static void WaitForDomains(PosternRig rig, params string[] domains) =>
        Workplace.WaitFor(() => Domains(rig).SequenceEqual(domains), () => $"known is {string.Join(' ', Domains(rig))}: {rig.Log}");

    private static string[] Domains(PosternRig rig)
    {
        ToolResult list = rig.Run("policy", "list", "--json");
        return list.ExitCode != 0
            ? []
            : [.. JsonDocument.Parse(list.Output).RootElement.GetProperty("domains").EnumerateArray().Select(domain => domain.GetProperty("name").GetString()!)];
    }

    /// <summary>What the gate says to a recipient there.</summary>
    private static string Recipient(int port, string domain)
    {
        using var client = new TcpClient("127.0.0.1", port) { ReceiveTimeout = 60_000 };
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        string answer = Reply(reader);
        foreach (string command in (string[])["EHLO mta.example", "MAIL FROM:<a@sender.example>", $"RCPT TO:<b@{domain}>"])
        {
            client.GetStream().Write(Encoding.ASCII.GetBytes(command + "\r\n"));
            answer = Reply(reader);
        }

        return answer;
    }

    private static string Reply(StreamReader reader)
    {
        string line;
        do
        {
            line = reader.ReadLine() ?? throw new IOException("the gate has closed");
        }
        while (line.Length > 3 && line[3] == '-');
        return line;
    }

    private static DnsName Name(string text) => DnsName.Read(text)!;

    private static DomainMemory Memory(string domain, int size) => new(Name(domain), s_at, s_at)
    {
        Ratchet = new RatchetMemory(Name(domain))
        {
            Hosts =
            [
                .. Enumerable.Range(0, Math.Max(1, size / 400)).Select(i => new HostLevel(Name($"mx{i}.{domain}"), AssuredLevel.Dane, s_at, s_at, new string('e', DomainMemoryText.MaxWords))),
            ],
        },
    };

    private StoreFile Open()
    {
        StoreFile? file = StoreFile.Open(_state, out StoreFault? fault);
        Assert.True(file is not null, fault?.Text);
        return file;
    }
}
