using System.Globalization;
using System.Text.Json;
using Postern.Configuration;
using Postern.Configuration.Loading;
using Postern.EndToEnd.Rigs;
using Postern.Engine.Outbound;
using Postern.Interop.LibC;
using Postern.Policy.Decision;
using Postern.Roles.Ipc;
using Postern.Roles.Resolver.Wire;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>The resolver as a process of its own, in its sandbox: what it answers there, what it leaves behind, what its death costs.</summary>
public sealed class ResolverTests
{
    private const string Zone = """
        example.org MX insecure 10 mx.example.org
        mx.example.org A insecure 9.9.9.9
        mx.example.org AAAA insecure -
        signed.example MX secure 10 mx.signed.example
        mx.signed.example A secure 9.9.9.9
        mx.signed.example AAAA secure -
        _25._tcp.mx.signed.example TLSA secure 3 1 1 @key
        """;

    /// <summary>A resolver that was started as the supervisor does it, and a worker's way to it.</summary>
    private sealed class Process : IDisposable
    {
        private readonly Channel _channel;
        private readonly int _pid;
        private readonly int _worker;

        public Process(ResolverSnapshot snapshot)
        {
            Assert.Equal(0, StreamSocket.Pair(messages: true, nonBlocking: false, out int ours, out int theirs));
            _pid = ChildProcess.Start(PosternRig.Daemon, ["launch", "resolver", "nobody", "required"], theirs);
            Descriptor.Close(theirs);
            Assert.True(_pid > 0, Errno.Describe(_pid));
            _channel = new Channel(ours);
            StreamSocket.ReceiveTimeout(ours, 60_000);
            int setup = Descriptor.Memory(snapshot.Write());
            Assert.True(_channel.Send(new Message(MessageKind.Setup), [setup]));
            Descriptor.Close(setup);
            Message? ready = Next();
            Assert.True(ready is { Kind: MessageKind.Ready }, ready?.Text);
            Notice = ready!.Text;
            Assert.Equal(0, StreamSocket.Pair(messages: true, nonBlocking: false, out _worker, out int end));
            StreamSocket.ReceiveTimeout(_worker, 120_000);
            Assert.True(_channel.Send(new Message(MessageKind.Client) { Number = 1 }, [end]));
            Descriptor.Close(end);
        }

        public string Notice { get; }

        public Message? Next() => _channel.Receive(out _);

        public RouteAnswer Ask(string domain)
        {
            byte[] message = new byte[ResolverAnswer.MaxSize];
            int length = ResolverRequest.Write(7, new RouteQuestion(domain, false), message);
            Assert.Equal(length, StreamSocket.Send(_worker, message.AsSpan(0, length)));
            length = StreamSocket.Receive(_worker, message);
            Assert.True(length > 0, Errno.Describe(length));
            RouteAnswer? answer = ResolverAnswer.Read(message.AsSpan(0, length), out uint number);
            Assert.Equal(7u, number);
            return answer!;
        }

        public void Dispose()
        {
            ChildProcess.Kill(_pid, ChildProcess.SignalKill);
            _ = ChildProcess.Wait(_pid);
            _channel.Dispose();
            Descriptor.Close(_worker);
        }
    }

    private static byte[] Authorities => SystemAuthorities.Read(out string wrong) ?? throw new InvalidOperationException(wrong);

    [Fact]
    public void Asks_a_resolver_of_this_machine()
    {
        using var dns = new LineServer(Zone);
        using var resolver = new Process(new ResolverSnapshot { TrustedResolver = dns.Address.ToString(), AuthoritiesPem = Authorities });
        Assert.Equal("", resolver.Notice.Trim());
        RouteAnswer answer = resolver.Ask("signed.example");
        Assert.Equal((TlsProof.Dane, "9.9.9.9"), (answer.Hosts.Single().Demand.Proof, answer.Hosts[0].Addresses.Single().ToString()));
        Assert.Equal(TlsProof.IfOffered, resolver.Ask("example.org").Hosts.Single().Demand.Proof);

        // From the cache.
        int asked = dns.Asked;
        Assert.Equal(TlsProof.Dane, resolver.Ask("signed.example").Hosts.Single().Demand.Proof);
        Assert.Equal(asked, dns.Asked);
    }

    /// <summary>Below the anchor nothing is, so all is insecure, and the AD bit of whoever is asked says nothing.</summary>
    [Fact]
    public void Validates_with_libunbound()
    {
        using var dns = new LineServer(Zone);
        using var resolver = new Process(new ResolverSnapshot
        {
            Forwarder = dns.Address.ToString(),
            Anchor = "; ours\nanchor.example. IN DS 1 8 2 (\n  E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D )\n",
            AuthoritiesPem = Authorities,
        });
        Assert.Equal(TlsProof.IfOffered, resolver.Ask("signed.example").Hosts.Single().Demand.Proof);

        // The root's keys cannot be secure here, and that is an alarm.
        Message? alarm = resolver.Next();
        Assert.Equal(MessageKind.Alarm, alarm?.Kind);
        Assert.StartsWith("DNSSEC does not work here, and so there is no DANE: ", alarm!.Text, StringComparison.Ordinal);
    }

    private static PosternRig Start(Workplace place, LineServer dns)
    {
        int port = Workplace.FreePort();
        return new PosternRig(place, "outbound", "workers = 1\nsandbox = \"required\"", $"""
            [[outbound]]
            name = "relay"
            protocol = "smtp"
            listen = ["127.0.0.1:{port}"]
            tls = "plain"

            [policy]
            state = "{place.At("state")}"

            [resolver]
            forward = "{dns.Address}"
            """, [port]);
    }

    private static JsonElement ResolverOf(PosternRig rig) => rig.Status().GetProperty("generations")[0].GetProperty("resolver");

    /// <summary>libunbound writes a new file and puts it in the old one's place: by the role's user, past the role's filter and Landlock.</summary>
    [Fact]
    public void Keeps_the_roots_keys_and_is_replaced_when_it_dies()
    {
        using var place = new Workplace();
        var root = new RootKey();
        using var dns = new LineServer(Zone, root);
        string keys = place.At("state/anchors/root.key");
        _ = place.MakeDirectory("state", "nobody");
        _ = place.MakeDirectory("state/anchors", "nobody");
        File.SetUnixFileMode(place.At("state/anchors"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _ = place.Write("state/anchors/root.key", root.Anchor + "\n");
        using PosternRig rig = Start(place, dns);
        Workplace.WaitFor(() => File.Exists(keys) && File.ReadAllText(keys).Contains("last_queried", StringComparison.Ordinal), () => "the keys are not kept: " + rig.Log);
        Assert.Equal("nobody", Tool.Run("stat", "-c", "%U", keys).Output.Trim());
        Assert.Equal("700 nobody", Tool.Run("stat", "-c", "%a %U", place.At("state/anchors")).Output.Trim());
        Assert.DoesNotContain("DNSSEC does not work here", rig.Log, StringComparison.Ordinal);

        int pid = ResolverOf(rig).GetProperty("pid").GetInt32();
        foreach (string thread in Directory.GetDirectories($"/proc/{pid}/task"))
        {
            Dictionary<string, string> status = File.ReadAllLines(thread + "/status").Select(line => line.Split(':', 2)).ToDictionary(pair => pair[0], pair => pair[1].Trim());
            Assert.Equal(("1", "2"), (status["NoNewPrivs"], status["Seccomp"]));
            Assert.All(["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"], set => Assert.Equal("0000000000000000", status[set]));
        }

        _ = Tool.Run("kill", "-KILL", pid.ToString(CultureInfo.InvariantCulture));
        Workplace.WaitFor(() => ResolverOf(rig).GetProperty("pid").GetInt32() is var now && now != 0 && now != pid, () => "there is no other: " + rig.Log);
        Assert.Contains($"resolver {pid} ended (killed by signal 9); mail to the world waits until another has started", rig.Log, StringComparison.Ordinal);
        Assert.Contains("resolver", rig.Command("status").Output, StringComparison.Ordinal);
    }

    /// <summary>On a new machine posternd makes the directory, and the resolver the file.</summary>
    [Fact]
    public void Begins_with_the_roots_keys_that_are_built_in()
    {
        using var place = new Workplace();
        using var dns = new LineServer(Zone);
        using PosternRig rig = Start(place, dns);
        string keys = place.At("state/anchors/root.key");
        Assert.Contains("38696", File.ReadAllText(keys), StringComparison.Ordinal);
        Assert.Equal("nobody", Tool.Run("stat", "-c", "%U", keys).Output.Trim());
        Assert.Equal("700 nobody", Tool.Run("stat", "-c", "%a %U", place.At("state/anchors")).Output.Trim());

        // Not those of this DNS.
        Workplace.WaitFor(() => rig.Log.Contains("the resolver: DNSSEC does not work here", StringComparison.Ordinal), () => "no alarm: " + rig.Log);
    }

    /// <summary>docs/sandbox.md says what a stolen one finds. Taken out: any "refused" of it, by adding its call to RoleCalls.Resolver.</summary>
    [Fact]
    public void What_is_left_to_a_stolen_resolver()
    {
        using var dns = new LineServer(Zone);
        using var rig = new ProbeRig("outbound", place => Extend(ProbeRig.Configure(place, "probe", ""), place, dns));
        SandboxDocument.Tells("resolver", rig.Try("resolver"));
    }

    private static string Extend(string file, Workplace place, LineServer dns)
    {
        File.AppendAllText(file, $"""


            [[outbound]]
            name = "relay"
            protocol = "smtp"
            listen = ["127.0.0.1:{Workplace.FreePort()}"]
            tls = "plain"

            [policy]
            state = "{place.At("state")}"

            [resolver]
            forward = "{dns.Address}"
            """);
        return file;
    }
}
