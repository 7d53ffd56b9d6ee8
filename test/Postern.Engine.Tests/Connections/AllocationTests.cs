using Postern.Engine.Tests.Rig;
using Postern.Interop.LibSsl;
using Postern.Protocols;
using Xunit;

namespace Postern.Engine.Tests.Connections;

/// <summary>A connection that relays allocates nothing: no collection ever stands between a client and its server.</summary>
public sealed class AllocationTests
{
    private const int Rounds = 200;

    [Theory]
    [InlineData(TlsMode.Implicit, 64)]
    [InlineData(TlsMode.Implicit, 40_000)]
    [InlineData(TlsMode.Plain, 64)]
    [InlineData(TlsMode.Plain, 40_000)]
    public void A_relay_allocates_nothing(TlsMode front, int size)
    {
        using var server = new EchoServer();
        using var rig = new GateRig(new GateOptions
        {
            Protocol = "tcp", Tls = front, BackendTls = new BackendTrust { Mode = TlsMode.Implicit }, BackendPort = server.Port,
        });
        using WireClient client = rig.Connect();
        if (front == TlsMode.Implicit)
            client.StartTls();
        byte[] sent = new byte[size], back = new byte[size];
        Exchange(Rounds);
        Assert.Equal(0, rig.AllocatedBy(() => Exchange(Rounds)));

        void Exchange(int rounds)
        {
            for (int round = 0; round < rounds; round++)
            {
                client.Stream.Write(sent);
                client.Stream.ReadExactly(back);
            }
        }
    }
}
