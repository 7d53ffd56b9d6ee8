using System.Net.Sockets;
using System.Text.Json;
using Postern.Engine.Outbound;
using Postern.Engine.Tests.Rig;
using Postern.Protocols;
using Xunit;

namespace Postern.Engine.Tests.Outbound;

/// <summary>
/// S11: a server in the world that would keep a connection whose client is done with it, or takes nothing. Taken out, each: ServerEnds and
/// NobodyHears in Connection.Silence; the connection stays.
/// </summary>
public sealed class XmppSilenceTests : IDisposable
{
    private const int Soon = 500;
    private const int Never = 600_000;

    /// <summary>How long a client that can send no more looks whether it can again.</summary>
    private const int FullMicroseconds = 3_000_000;

    private readonly ManualResetEventSlim _over = new();

    public void Dispose()
    {
        _over.Set();
        _over.Dispose();
    }

    [Fact]
    public void A_server_that_does_not_close_is_left()
    {
        using var server = new FalseServer([FalseServer.Tls]) { AtEnd = _ => Wait() };
        using XmppRig rig = NewRig(server, halfClosed: Soon, stalled: Never);
        using WireClient client = rig.Say(XmppRig.Header);
        Assert.Equal("done\r\n", client.ReadLine());
        client.Socket.Shutdown(SocketShutdown.Send);
        Assert.Equal("", client.ReadToAnyEnd());
        Ended(rig, "closed", "the server did not close");
    }

    /// <summary>Each of its words is something that moves, and reaches nobody.</summary>
    [Fact]
    public void A_server_that_goes_on_talking_to_nobody_is_left()
    {
        using var server = new FalseServer([FalseServer.Tls])
        {
            AtEnd = tls =>
            {
                while (!_over.Wait(10))
                    tls.Write("<more/>"u8);
            },
        };
        using XmppRig rig = NewRig(server, halfClosed: Never, stalled: Never);
        using (WireClient client = rig.Say(XmppRig.Header))
            Assert.Equal("done\r\n", client.ReadLine());
        Ended(rig, "closed", "");
        server.WaitForEnd();
    }

    /// <summary>
    /// Whether its client waits, or is gone: by an RST, since a FIN would wait in the client's own kernel, behind what the gate does not read.
    /// </summary>
    [Theory]
    [InlineData(true, Soon, Never)]
    [InlineData(false, Never, Soon)]
    public void A_server_that_takes_nothing_is_left(bool isGone, int halfClosed, int stalled)
    {
        using var server = new FalseServer([FalseServer.Tls])
        {
            Answers = _ =>
            {
                Wait();
                return "";
            },
        };
        using XmppRig rig = NewRig(server, halfClosed, stalled);
        using WireClient client = rig.Say(XmppRig.Header);
        Fill(client.Socket);
        if (isGone)
        {
            client.Socket.LingerState = new LingerOption(true, 0);
            client.Socket.Close();
        }

        Ended(rig, "timeout", "the server takes nothing");
    }

    /// <summary>A stream between servers may be silent for as long as both of them like.</summary>
    [Fact]
    public void Silence_alone_ends_nothing()
    {
        using FalseServer server = XmppRig.Honest(isDirect: true);
        using XmppRig rig = NewRig(server, halfClosed: 100, stalled: 100);
        using WireClient client = rig.Say(XmppRig.Header);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal("done\r\n", client.ReadLine());

            // Many looks of the gate's, none of which may find anything.
            Thread.Sleep(500);
            client.Say("<stanza/>");
        }

        Assert.Equal("done\r\n", client.ReadLine());
    }

    private static XmppRig NewRig(FalseServer server, int halfClosed, int stalled) => new(
        new GateOptions { Tls = TlsMode.Plain, Times = ServiceTimes.Standard with { HalfClosed = halfClosed, Stalled = stalled } },
        XmppRig.Target(server.Port, XmppRig.WebPki, isDirect: true));

    /// <summary>Sends until every buffer on the way is full, or the gate has had enough.</summary>
    private static void Fill(Socket socket)
    {
        byte[] words = new byte[64 * 1024];
        words.AsSpan().Fill((byte)' ');
        socket.Blocking = false;
        try
        {
            while (socket.Poll(FullMicroseconds, SelectMode.SelectWrite))
                _ = socket.Send(words);
        }
        catch (SocketException)
        {
            // Ended already.
        }
    }

    private static void Ended(XmppRig rig, string outcome, string detail)
    {
        JsonElement record = rig.Gate.NextRecord(TimeSpan.FromSeconds(30));
        Assert.Equal(outcome, record.GetProperty("outcome").GetString());
        Assert.Equal(detail, record.TryGetProperty("detail", out JsonElement said) ? said.GetString() : "");
        Assert.Equal(0, rig.Gate.Live);
    }

    private void Wait()
    {
        // Until the test is over; the bound is for one that fails to say so.
        _ = _over.Wait(TimeSpan.FromMinutes(2));
    }
}
