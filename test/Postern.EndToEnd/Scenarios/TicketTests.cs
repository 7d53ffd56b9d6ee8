using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>
/// Which sessions are resumed where. Taken out: the policy in the keys' derivation and in the session id context (a
/// session then outlives a reload that asks for a certificate), the secret from the file.
/// </summary>
[Collection(nameof(EchoGates))]
public sealed class TicketTests(EchoGates gates)
{
    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public void A_reload_that_asks_for_certificates_ends_the_sessions_of_before(string version)
    {
        int port = Workplace.FreePort();
        string name = "tighten" + version, session = gates.At(name + ".session");
        using PosternRig rig = gates.Another(name, Tables(port), port);
        Assert.True(Save(port, session, version));
        Assert.True(Resumes(port, session, version), "a gate resumes its own sessions");

        rig.Configure("workers = 1", Tables(port, $"client-certificate = \"require\"\nclient-ca = \"{gates.Certificates.Authority}\""));
        Assert.Equal(0, rig.Command("reload").ExitCode);
        Assert.DoesNotContain("\nhello", Connect(port, version, "-sess_in", session), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public void Another_authority_ends_the_sessions_of_before(string version)
    {
        int port = Workplace.FreePort();
        string name = "authority" + version, session = gates.At(name + ".session");
        string[] certificate = ["-cert", gates.At("ec.pem"), "-key", gates.At("ec.key")];
        using PosternRig rig = gates.Another(name, Tables(port, $"client-certificate = \"require\"\nclient-ca = \"{gates.Certificates.Authority}\""), port);
        Assert.True(Save(port, session, version, certificate));
        Assert.True(Resumes(port, session, version), "with a session no certificate is asked for");

        rig.Configure("workers = 1", Tables(port, $"client-certificate = \"require\"\nclient-ca = \"{gates.At("rsa.pem")}\""));
        Assert.Equal(0, rig.Command("reload").ExitCode);
        Assert.DoesNotContain("\nhello", Connect(port, version, "-sess_in", session), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public void Machines_with_one_secret_resume_each_others_sessions(string version)
    {
        string one = Secret("one.tickets"), other = Secret("other.tickets");
        int first = Workplace.FreePort(), second = Workplace.FreePort(), third = Workplace.FreePort(), fourth = Workplace.FreePort();
        using PosternRig a = gates.AnotherWith(one, "machine-a" + version, Tables(first), first);
        using PosternRig b = gates.AnotherWith(one, "machine-b" + version, Tables(second), second);
        using PosternRig c = gates.AnotherWith(other, "machine-c" + version, Tables(third), third);
        using PosternRig d = gates.AnotherWith(one, "machine-d" + version, Tables(fourth).Replace("\"tickets\"", "\"others\"", StringComparison.Ordinal), fourth);

        string session = gates.At($"machines{version}.session");
        Assert.True(Save(first, session, version));
        Assert.True(Resumes(second, session, version), "the other machine resumes");
        Assert.False(Resumes(third, session, version), "one with another secret does not");
        Assert.False(Resumes(fourth, session, version), "nor does another gate");

        // And it goes on over a reload of either.
        Assert.Equal(0, a.Command("reload").ExitCode);
        Assert.True(Resumes(first, session, version));
    }

    [Fact]
    public void Without_a_file_sessions_outlive_a_reload_and_a_killed_key_agent()
    {
        int port = Workplace.FreePort();
        string session = gates.At("drawn.session");
        using PosternRig rig = gates.Another("drawn", Tables(port), port);
        Assert.True(Save(port, session, "-tls1_3"));
        Assert.Equal(0, rig.Command("reload").ExitCode);
        Assert.True(Resumes(port, session, "-tls1_3"));

        int agent = rig.Status().GetProperty("generations")[0].GetProperty("keyAgent").GetProperty("pid").GetInt32();
        _ = Tool.Run("kill", "-KILL", $"{agent}");
        Workplace.WaitFor(() => Resumes(port, session, "-tls1_3"), () => "no session is resumed any more: " + rig.Log);
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public void A_ticket_lives_as_long_as_the_configuration_says(string version)
    {
        int port = Workplace.FreePort();
        using PosternRig rig = gates.AnotherWith("ticket-lifetime = \"2m\"", "lifetime" + version, Tables(port), port);
        Assert.Contains("ticket lifetime hint: 120 (seconds)", Connect(port, version), StringComparison.Ordinal);
    }

    private string Tables(int port, string more = "") => gates.Certificates.Tables + $"""
        [[gate]]
        name = "tickets"
        protocol = "tcp"
        listen = ["127.0.0.1:{port}"]
        tls = "implicit"
        certificate = ["ec"]
        backend = "127.0.0.1:{gates.BackendPort}"
        {more}
        """;

    private string Secret(string name)
    {
        File.WriteAllText(gates.At(name), $"{name} with so many bytes that it is long enough");
        File.SetUnixFileMode(gates.At(name), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return $"ticket-secret = \"{gates.At(name)}\"";
    }

    /// <summary>True when the connection worked; its session is in the file then.</summary>
    private static bool Save(int port, string session, string version, params string[] more) =>
        Connect(port, version, ["-sess_out", session, .. more]).Contains("\nhello", StringComparison.Ordinal);

    private static bool Resumes(int port, string session, string version)
    {
        string output = Connect(port, version, "-sess_in", session);
        return output.Contains("Reused, TLS", StringComparison.Ordinal) && output.Contains("\nhello", StringComparison.Ordinal);
    }

    private static string Connect(int port, string version, params string[] options) => Tool.RunWith(
        "hello\n", TimeSpan.FromMilliseconds(600), "openssl", ["s_client", "-connect", $"localhost:{port}", version, .. options]).Output;
}
