using System.Net;
using System.Net.Sockets;
using Postern.Configuration;
using Postern.EndToEnd.Rigs;
using Postern.Engine.Dialing;
using Postern.Interop.LibC;
using Postern.Roles.Dialer;
using Xunit;

namespace Postern.EndToEnd.Scenarios.Outbound;

/// <summary>
/// The dialer in a machine with a public address: a stranger's MX or SRV record leads to no service of it. Taken out: the look at the local
/// address in DialDesk.BeginHop, and each is connected to.
/// </summary>
public sealed class OwnAddressTests : IDisposable
{
    private const string Host = "5.5.1.1";
    private const int Mail = 0;
    private const int Xmpp = 1;
    private const int Port = 2525;

    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData(Mail, OwnNetwork.OwnAddress, false, false)]
    [InlineData(Xmpp, OwnNetwork.OwnAddress, false, false)]
    [InlineData(Xmpp, "::ffff:" + OwnNetwork.OwnAddress, false, false)]
    [InlineData(Mail, OwnNetwork.OwnAddress, true, true)]
    [InlineData(Xmpp, OwnNetwork.OwnAddress, true, true)]
    [InlineData(Mail, Host, false, true)]
    [InlineData(Xmpp, Host, false, true)]
    public void It_is_no_host_of_the_world(int gate, string address, bool allowsPrivate, bool isReached) => OwnNetwork.Run(_place, new Dictionary<string, string>(), () =>
    {
        OwnNetwork.AddHost(Host);
        using var listener = new TcpListener(IPAddress.Any, Port);
        listener.Start();
        byte[] request = new byte[HopRequest.Size];
        new HopRequest(gate, IPAddress.Parse(address), Port).Write(1, request);
        int result = Desk(allowsPrivate).Answer(request, out _, out int fd);
        Assert.Equal(isReached, fd >= 0);
        if (isReached)
            Descriptor.Close(fd);
        else
            Assert.Equal(DialAnswer.OwnAddress, result);
    });

    private static DialDesk Desk(bool allowsPrivate) => new(new BackendSnapshot
    {
        Gates = [[[]], [[]]],
        OutboundPorts = [new OutboundPorts(Port, AsSrvNames: false), new OutboundPorts(0, AsSrvNames: true)],
        AllowsPrivate = allowsPrivate,
    });
}
