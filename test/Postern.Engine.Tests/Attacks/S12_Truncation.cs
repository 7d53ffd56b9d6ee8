using System.Net.Sockets;
using Postern.Engine.Tests.Rig;
using Postern.Protocols;
using Xunit;

namespace Postern.Engine.Tests.Attacks;

/// <summary>
/// S12: a FIN without close_notify, in either direction. Taken out: ClientCut in Connection.Ends, by setting
/// <c>_front.Ended</c> alone (the reset rows then see FIN, and nothing is counted).
/// </summary>
public sealed class S12_Truncation
{
    [Theory]
    [InlineData(true, "ConnectionReset")]
    [InlineData(false, "FIN")]
    public void From_the_client(bool reset, string atBackend)
    {
        using var rig = new GateRig(
            new GateOptions { Protocol = "tcp", Tls = TlsMode.Implicit, ResetOnTruncation = reset }, new Backend("", _ => null, closes: false));
        WireClient client = rig.Connect().StartTls();
        client.Say("half a mess");
        BackendConnection backend = rig.Backend.Next();
        while (backend.Heard.Length == 0)
            Thread.Sleep(5);
        client.Socket.Shutdown(SocketShutdown.Send);
        Assert.Equal(atBackend, backend.WaitForEnd());
        if (!reset)
            backend.Socket.Close();
        Assert.Equal("truncated", rig.NextOutcome());
    }

    [Fact]
    public void An_honest_end_is_a_fin_and_counted_as_one()
    {
        using var rig = new GateRig(
            new GateOptions { Protocol = "tcp", Tls = TlsMode.Implicit, ResetOnTruncation = true }, new Backend("", _ => null, closes: false));
        using WireClient client = rig.Connect().StartTls();
        client.Say("a whole message");
        BackendConnection backend = rig.Backend.Next();
        client.Tls.ShutdownAsync().Wait();
        Assert.Equal("FIN", backend.WaitForEnd());
        Assert.Equal("a whole message", backend.Heard);
        backend.Socket.Close();
        Assert.Equal("closed", rig.NextOutcome());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void From_a_backend_that_is_cut_off_the_client_gets_no_close_notify(bool reset)
    {
        using var rig = new GateRig(
            new GateOptions { Protocol = "tcp", Tls = TlsMode.Implicit, ResetOnTruncation = reset }, new Backend("", _ => Backend.Abort));
        using WireClient client = rig.Connect().StartTls();
        client.Say("x");

        // SslStream says nothing of a FIN without close_notify; the gate's own record does.
        string heard = client.ReadToAnyEnd();
        Assert.Equal("", heard);
        Assert.Equal("backend-reset", rig.NextOutcome());
    }

    [Fact]
    public void Half_close_passes_both_ways()
    {
        using var rig = new GateRig(
            new GateOptions { Protocol = "tcp", Tls = TlsMode.Plain }, new Backend("", _ => null, closes: false));
        using WireClient client = rig.Connect();
        client.Say("question");
        client.Socket.Shutdown(SocketShutdown.Send);
        BackendConnection backend = rig.Backend.Next();
        Assert.Equal("FIN", backend.WaitForEnd());
        _ = backend.Socket.Send("answer"u8);
        backend.Socket.Shutdown(SocketShutdown.Send);
        Assert.Equal("answer", client.ReadToEnd());
        Assert.Equal("closed", rig.NextOutcome());
    }

    [Fact]
    public void The_last_words_of_a_backend_reach_a_client_that_is_still_talking()
    {
        using var rig = new GateRig(new GateOptions { Protocol = "smtp" }, new Backend(answer: _ => null, closes: false));
        using WireClient client = rig.Connect().StartSmtpTls();
        client.Say("NOOP\r\n");
        BackendConnection backend = rig.Backend.Next();
        while (!backend.Heard.Contains("NOOP", StringComparison.Ordinal))
            Thread.Sleep(5);
        _ = backend.Socket.Send("421 4.3.0 going down\r\n"u8);
        backend.Socket.Close();
        client.Say("NOOP\r\nNOOP\r\n");
        Assert.Equal("421 4.3.0 going down\r\n", client.ReadToAnyEnd());
    }
}
