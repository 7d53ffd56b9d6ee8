using System.Diagnostics;
using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Postern.EndToEnd.Rigs;
using Postern.Roles.Tests;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>Keys that were made in a token and never leave it: handshakes, deaths, reloads, and what check says.</summary>
public sealed class TokenTests(TokenTests.Gates gates) : IClassFixture<TokenTests.Gates>
{
    [Theory]
    [InlineData("ec", "-tls1_2", "ECDSA")]
    [InlineData("ec", "-tls1_3", "ECDSA")]
    [InlineData("rsa", "-tls1_2", "RSA-PSS")]
    [InlineData("rsa", "-tls1_3", "RSA-PSS")]
    [InlineData("ed", "-tls1_2", "Ed25519")]
    [InlineData("ed", "-tls1_3", "Ed25519")]
    public void A_handshake_by_each_key_in_each_version(string key, string version, string signature)
    {
        string said = Client(key, version).Output;
        Assert.Contains("Verification: OK", said, StringComparison.Ordinal);
        Assert.Contains($"Peer signature type: {signature}", said, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("hello", said, StringComparison.Ordinal);
    }

    /// <summary>PKCS #1 is TLS 1.2's alone: a DigestInfo that is wrong would show here only.</summary>
    [Theory]
    [InlineData("RSA+SHA256")]
    [InlineData("RSA+SHA384")]
    [InlineData("RSA+SHA512")]
    [InlineData("rsa_pss_rsae_sha384")]
    [InlineData("rsa_pss_rsae_sha512")]
    public void Every_scheme_of_an_rsa_key(string scheme)
    {
        string said = Client("rsa", "-tls1_2", "-sigalgs", scheme).Output;
        Assert.Contains("Verification: OK", said, StringComparison.Ordinal);
        Assert.Contains("hello", said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_killed_key_agent_costs_no_connection_and_is_back_soon()
    {
        using SslStream held = Open("ec");
        Assert.Equal("before", Echo(held, "before"));
        int agent = KeyAgentPid();
        _ = Tool.Run("kill", "-KILL", agent.ToString(CultureInfo.InvariantCulture));

        long start = Stopwatch.GetTimestamp();
        Workplace.WaitFor(() => CanOpen("ec") && CanOpen("rsa"), () => "no handshake succeeds any more: " + gates.Postern.Log);
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(3), $"it took {Stopwatch.GetElapsedTime(start)}");
        Assert.Equal("after", Echo(held, "after"));
        Assert.NotEqual(agent, KeyAgentPid());
    }

    /// <summary>Two workers, so two threads of the key agent, ask the token at one time.</summary>
    [Fact]
    public void Handshakes_at_one_time()
    {
        int good = 0;
        Thread[] clients = [.. Enumerable.Range(0, 6).Select(number => new Thread(() =>
        {
            for (int i = 0; i < 20; i++)
            {
                if (CanOpen(number % 2 == 0 ? "ec" : "rsa"))
                    _ = Interlocked.Increment(ref good);
            }
        }))];
        Array.ForEach(clients, client => client.Start());
        Array.ForEach(clients, client => client.Join());
        Assert.Equal(120, good);
    }

    [Fact]
    public void The_key_agent_is_filtered_and_says_what_it_may()
    {
        _ = CanOpen("ec");
        foreach (string task in Directory.GetDirectories($"/proc/{KeyAgentPid()}/task"))
        {
            Dictionary<string, string> status = File.ReadAllLines(Path.Combine(task, "status"))
                .Select(line => line.Split(':', 2)).ToDictionary(fields => fields[0], fields => fields[1].Trim());
            Assert.Equal(("2", "1"), (status["Seccomp"], status["NoNewPrivs"]));
        }

        Assert.Contains("a key is on a token: the key agent may open files and sockets", gates.Postern.Command("status").Output, StringComparison.Ordinal);
        if (Environment.UserName == "root")
            Assert.Equal("daemon", Tool.Run("ps", "-o", "user=", "-p", $"{KeyAgentPid()}").Output.Trim());
    }

    /// <summary>The second table of docs/sandbox.md is what a stolen one finds. Taken out: any "refused" of it, by adding its call to RoleCalls.KeyAgentWithToken.</summary>
    [Fact]
    public void What_is_left_to_a_stolen_key_agent_with_a_token()
    {
        // What another role's probe has left there, under another user, would be refused by the kernel (fs.protected_regular).
        File.Delete("/tmp/postern-probe");
        using var rig = new ProbeRig("worker", gates.ConfigureProbe);
        SandboxDocument.Tells("key agent with a token", rig.Try("key-agent-with-token"));
    }

    /// <summary>It is drawn, and put in again: who comes meanwhile is told by a failed handshake, the operator by the log.</summary>
    [Fact]
    public void A_token_that_goes_and_comes_back()
    {
        using SslStream held = Open("ec");
        string tokens = gates.Token.At("tokens"), away = gates.Token.At("away");
        Directory.Move(tokens, away);
        try
        {
            Workplace.WaitFor(() => !CanOpen("ec"), () => "the token is away, and still signs");
            Assert.Equal("a token did not make", gates.Postern.WaitForEntry(entry => entry.GetProperty("event").GetString() == "token").GetProperty("message").GetString()![..20]);
        }
        finally
        {
            Directory.Move(away, tokens);
        }

        Workplace.WaitFor(() => CanOpen("ec") && CanOpen("rsa"), () => "the token is back, and does not sign: " + gates.Postern.Log);
        Assert.Equal("held", Echo(held, "held"));
    }

    [Fact]
    public void A_reload_that_is_wrong_changes_nothing()
    {
        gates.Configure(gates.Table("ec", "pkcs11:object=nothing"));
        try
        {
            ToolResult reload = gates.Postern.Command("reload");
            Assert.Equal(1, reload.ExitCode);
            Assert.Contains(": error: certificate.ec.key: the token has no private key that is object=nothing; it has: ", reload.Output, StringComparison.Ordinal);
            Assert.True(CanOpen("ec"));
        }
        finally
        {
            gates.Configure();
        }

        Assert.Equal(0, gates.Postern.Command("reload").ExitCode);
        Assert.True(CanOpen("ec"));
    }

    [Fact]
    public void Check_finds_a_good_one_good()
    {
        ToolResult check = gates.Check(gates.Table("ec"), gates.Table("rsa"));
        Assert.True(check.ExitCode == 0, check.Output);
    }

    [Theory]
    [InlineData("token=Nothing;object=ec", "there is no token that is token=Nothing; there is: token=Postern%20test%3B%20100%25;serial=")]
    [InlineData("object=nothing", "the token has no private key that is object=nothing; it has: ")]
    [InlineData("object=rsa", "the key does not belong to the certificate: the token's is of another type (RSA) than the certificate's (EC, P-256)")]
    [InlineData("object=other", "the key does not belong to the certificate: it is of the same type (EC, P-256) but another")]
    public void Check_says_what_the_token_has_not(string uri, string said)
    {
        ToolResult check = gates.Check(gates.Table("ec", "pkcs11:" + uri));
        Assert.Equal(1, check.ExitCode);
        Assert.Contains($"check.toml:11:1: error: certificate.ec.key: {said}", check.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_and_start_say_that_the_pin_is_wrong()
    {
        string table = gates.Table("ec", pin: gates.Token.At("wrong"));
        ToolResult check = gates.Check(table, gates.Table("rsa", pin: gates.Token.At("wrong")));
        Assert.Contains("check.toml:11:1: error: certificate.ec.key: the PIN is wrong (CKR_PIN_INCORRECT); it was tried once", check.Output, StringComparison.Ordinal);
        Assert.Contains("check.toml:14:1: error: certificate.rsa.key: the PIN is wrong (CKR_PIN_INCORRECT); it was tried once", check.Output, StringComparison.Ordinal);

        ToolResult start = Tool.Run(PosternRig.Daemon, "-c", gates.CheckFile);
        Assert.Equal(1, start.ExitCode);
        Assert.Contains("check.toml:11:1: error: certificate.ec.key: the PIN is wrong (CKR_PIN_INCORRECT); it was tried once (and 1 more: postern check)", start.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_says_who_cannot_reach_the_token()
    {
        if (Environment.UserName != "root")
            return;

        gates.Token.GiveTo("root");
        try
        {
            ToolResult check = gates.Check(gates.Table("ec"));
            Assert.Equal(1, check.ExitCode);
            Assert.Contains("certificate.ec.key: ", check.Output, StringComparison.Ordinal);
            Assert.Contains("user daemon", check.Output, StringComparison.Ordinal);
        }
        finally
        {
            gates.Token.GiveTo("daemon");
        }
    }

    private static string Echo(SslStream tls, string text)
    {
        tls.Write(Encoding.ASCII.GetBytes(text));
        byte[] answer = new byte[text.Length];
        tls.ReadExactly(answer);
        return Encoding.ASCII.GetString(answer);
    }

    private ToolResult Client(string key, params string[] arguments) => Tool.RunWith(
        "hello\n", TimeSpan.FromMilliseconds(1500), "openssl",
        ["s_client", "-connect", $"localhost:{gates.Port(key)}", "-servername", "localhost", "-CAfile", gates.Token.Authority, "-verify_return_error", .. arguments]);

    private SslStream Open(string key)
    {
        var tls = new SslStream(new TcpClient("127.0.0.1", gates.Port(key)).GetStream(), leaveInnerStreamOpen: false, (_, _, _, _) => true);
        tls.AuthenticateAsClient("localhost");
        return tls;
    }

    private bool CanOpen(string key)
    {
        try
        {
            using SslStream tls = Open(key);
            return Echo(tls, "hello") == "hello";
        }
        catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
        {
            return false;
        }
    }

    private int KeyAgentPid() =>
        gates.Postern.Status().GetProperty("generations")[0].GetProperty("keyAgent").GetProperty("pid").GetInt32();

    /// <summary>A token with a key of each type, and a gate for each.</summary>
    public sealed class Gates : IDisposable
    {
        private static readonly string[] s_keys = ["ec", "rsa", "ed"];

        private readonly Workplace _place = new();
        private readonly Dictionary<string, int> _ports = s_keys.ToDictionary(key => key, _ => Workplace.FreePort());
        private readonly TcpListener _echo = EchoBackend.Start();

        public Gates()
        {
            Token = new SoftToken();
            Token.Make("ec", "EC:prime256v1", "01");
            Token.Make("rsa", "rsa:2048", "02");
            Token.Make("ed", "EC:edwards25519", "03");
            Token.Make("other", "EC:prime256v1", "04");
            File.WriteAllText(Token.At("wrong"), "11111");
            File.SetUnixFileMode(Token.At("wrong"), UnixFileMode.UserRead);
            if (Environment.UserName == "root")
                Token.GiveTo("daemon");

            // For all that this process starts from now on.
            Environment.SetEnvironmentVariable("SOFTHSM2_CONF", Token.Configuration);
            Postern = new PosternRig(_place, "token", Server(2), Tables(s_keys.Select(key => Table(key))), _ports.Values);
        }

        internal SoftToken Token { get; }

        internal PosternRig Postern { get; }

        internal string CheckFile => _place.At("check.toml");

        internal int Port(string key) => _ports[key];

        /// <summary>A [certificate] table of three lines.</summary>
        internal string Table(string key, string? uri = null, string? pin = null) =>
            $"[certificate.{key}]\nchain = \"{Token.At(key + ".pem")}\"\nkey = \"{uri ?? $"pkcs11:token={SoftToken.EncodedLabel};object={key}"}?pin-source=file:{pin ?? Token.At("pin")}\"\n";

        internal void Configure(params string[] tables) =>
            Postern.Configure(Server(2), Tables(tables.Length > 0 ? tables : s_keys.Select(key => Table(key))));

        /// <summary>What postern check says of another file with these certificates.</summary>
        internal ToolResult Check(params string[] tables)
        {
            _ = _place.Write("check.toml", $"[server]\nuser = \"nobody\"\nkey-user = \"daemon\"\ncontrol = \"{_place.At("check.sock")}\"\n{Server(1)}\n\n\n{Tables(tables, [.. s_keys.Select(_ => Workplace.FreePort())])}");
            return Tool.Run(PosternRig.CommandLine, "check", "-c", CheckFile);
        }

        /// <summary>For the build that tests sandboxes.</summary>
        internal string ConfigureProbe(Workplace place) => place.Write(
            "probe.toml", $"[server]\nuser = \"nobody\"\nkey-user = \"daemon\"\ncontrol = \"{place.At("probe.sock")}\"\nlog = \"stderr\"\n{Server(2)}\n{Tables([Table("ec")], [Workplace.FreePort()])}");

        public void Dispose()
        {
            Postern.Dispose();
            _echo.Stop();
            Token.Dispose();
            _place.Dispose();
        }

        private static string Server(int workers) => $"workers = {workers}\npkcs11-module = \"{SoftToken.Module}\"";

        private string Tables(IEnumerable<string> tables, int[]? ports = null)
        {
            string[] all = [.. tables];
            string[] names = [.. s_keys.Where(key => all.Any(table => table.StartsWith($"[certificate.{key}]", StringComparison.Ordinal)))];
            return string.Concat(all) + string.Concat(names.Select((key, i) => $"""
                [[gate]]
                name = "{key}"
                protocol = "tcp"
                listen = ["127.0.0.1:{(ports is null ? _ports[key] : ports[i])}"]
                tls = "implicit"
                certificate = ["{key}"]
                backend = "127.0.0.1:{EchoBackend.Port(_echo)}"

                """));
        }
    }
}
