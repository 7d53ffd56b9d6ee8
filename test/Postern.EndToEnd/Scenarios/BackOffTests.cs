using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>Whoever dies again and again is waited for: what else happens meanwhile.</summary>
[Collection(nameof(EchoGates))]
public sealed class BackOffTests(EchoGates gates)
{
    /// <summary>The successor of the sixth waits for 1.6 s.</summary>
    private const int Deaths = 6;

    private readonly int _port = Workplace.FreePort();
    private readonly Household _household = new();

    /// <summary>
    /// Taken out: that a generation whose only worker has died is one that goes on. Its key agent would then never be
    /// replaced.
    /// </summary>
    [Fact]
    public void A_key_agent_that_dies_while_a_worker_is_waited_for_is_replaced()
    {
        using PosternRig rig = Start("workers = 1");
        KillAgain(rig, "worker");
        Assert.True(_household.Kill(Pid(rig, "keyAgent")));
        Workplace.WaitFor(CanEcho, () => "no connection succeeds any more: " + rig.Log);
    }

    /// <summary>As above: a nursery ends with its porter.</summary>
    [Fact]
    public void A_porter_that_dies_again_and_again_gets_a_nursery()
    {
        using PosternRig rig = Start("isolation = \"connection\"");
        KillAgain(rig, "porter");
        Workplace.WaitFor(CanEcho, () => "no connection succeeds any more: " + rig.Log);
    }

    /// <summary>Taken out: that a nursery without a porter ends with the supervisor. It would stay for ever.</summary>
    [Fact]
    public void A_supervisor_that_dies_while_a_porter_is_waited_for_leaves_nobody_behind()
    {
        using PosternRig rig = Start("isolation = \"connection\"");
        KillAgain(rig, "porter");
        Workplace.WaitFor(() => Household.Members(rig).Exists(member => member.Role == "nursery"), () => "there is no nursery");
        Assert.DoesNotContain(Household.Members(rig), member => member.Role == "porter");
        Assert.True(_household.Kill(rig.Pid));
        Workplace.WaitFor(() => _household.Living().Count == 0, () => "processes outlive their posternd: " + string.Join(' ', _household.Living()));
    }

    private PosternRig Start(string server) => gates.Started(server, "back-off", gates.Certificates.Tables + $"""
        [[gate]]
        name = "back-off"
        protocol = "tcp"
        listen = ["127.0.0.1:{_port}"]
        tls = "implicit"
        certificate = ["ec"]
        backend = "127.0.0.1:{gates.BackendPort}"
        """, _household.Prelude, _port);

    /// <summary>Until the next one is waited for.</summary>
    private void KillAgain(PosternRig rig, string role)
    {
        for (int i = 0; i < Deaths; i++)
        {
            Workplace.WaitFor(() => Household.Members(rig).Exists(member => member.Role == role), () => $"no {role}: {rig.Log}");
            Workplace.WaitFor(CanEcho, () => "no connection succeeds any more: " + rig.Log);
            Assert.True(_household.Kill(Pid(rig, role)));
        }
    }

    private static int Pid(PosternRig rig, string role) => Household.Members(rig).Single(member => member.Role == role).Pid;

    private bool CanEcho()
    {
        using TlsClient? client = TlsClient.Open(_port, out _);
        return client?.Echo("x"u8).Length == 0;
    }
}
