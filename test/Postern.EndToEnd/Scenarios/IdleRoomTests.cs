using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>Rooms wait for their connection before it comes, for as long as it takes.</summary>
[Collection(nameof(EchoGates))]
public sealed class IdleRoomTests(EchoGates gates)
{
    /// <summary>Taken out: the look at the clock, in RoomRole. The time that a room had waited was then the handshake's, which ended at once.</summary>
    [Fact]
    public void A_room_that_has_waited_gives_its_client_the_whole_time()
    {
        int port = Workplace.FreePort();
        using PosternRig rig = gates.Rooms("idle-room", gates.Certificates.Tables + $"""
            [[gate]]
            name = "idle-room"
            protocol = "tcp"
            listen = ["127.0.0.1:{port}"]
            tls = "implicit"
            certificate = ["ec"]
            backend = "127.0.0.1:{gates.BackendPort}"
            handshake-timeout = "2s"
            """, port);
        Thread.Sleep(4_000);

        // At once, so that each takes one that was there from the start.
        string[] problems = new string[4];
        _ = Parallel.For(0, problems.Length, i =>
        {
            using TlsClient? client = TlsClient.Open(port, out problems[i]);
            problems[i] += client?.Echo("x"u8);
        });
        Assert.All(problems, Assert.Empty);
    }
}
