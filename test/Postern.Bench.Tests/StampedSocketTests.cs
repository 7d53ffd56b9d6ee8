using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Postern.Bench.Interop;

namespace Postern.Bench.Tests;

/// <summary>What the latency scenario rests on: the kernel stamps what comes over loopback when it comes, not when it is read.</summary>
public sealed class StampedSocketTests : IDisposable
{
    private const int LateMilliseconds = 200;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Socket sender = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly Socket receiver;

    public StampedSocketTests()
    {
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        StampedSocket.AskForStamps(Descriptor(listener));
        sender.Connect(listener.LocalEndPoint!);
        receiver = listener.Accept();
    }

    [Fact]
    public void A_stamp_is_of_the_arrival_however_late_it_is_read()
    {
        WaitForTheKernelToBegin();
        var (before, after) = Send();
        Thread.Sleep(LateMilliseconds); // what is read late must not look late
        Assert.InRange(Receive(), before, after);
        Assert.True(StampedSocket.Now() - after >= LateMilliseconds * 1_000_000L);
    }

    [Fact]
    public void Each_message_has_a_stamp_of_its_own()
    {
        WaitForTheKernelToBegin();
        var last = 0L;
        for (var i = 0; i < 100; i++)
        {
            var (before, after) = Send();
            var arrived = Receive();
            Assert.InRange(arrived, Math.Max(before, last), after);
            last = arrived;
        }
    }

    [Fact]
    public void Nothing_there_and_the_end_are_told_apart()
    {
        var buffer = new byte[64];
        Assert.Equal(-StampedSocket.Again, StampedSocket.Receive(Descriptor(receiver), buffer, out _));
        sender.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, Awaited(out _));
    }

    [Fact]
    public void A_write_to_one_that_has_gone_is_an_error_and_no_signal()
    {
        receiver.LingerState = new LingerOption(enable: true, 0);
        receiver.Dispose();
        var result = 0;
        for (var clock = Stopwatch.StartNew(); result >= 0 && clock.Elapsed < s_patience;)
            result = StampedSocket.Send(Descriptor(sender), new byte[64]);
        Assert.NotEqual("", StampedSocket.Describe(result));
        Assert.InRange(result, int.MinValue, -1);
    }

    public void Dispose()
    {
        sender.Dispose();
        receiver.Dispose();
        listener.Dispose();
    }

    /// <summary>The first socket of the machine that wants stamps has none for a moment.</summary>
    private void WaitForTheKernelToBegin()
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < s_patience;)
        {
            Send();
            if (Receive() != 0)
                return;
        }

        Assert.Fail("the kernel gives no SO_TIMESTAMPNS on loopback");
    }

    private (long Before, long After) Send()
    {
        var before = StampedSocket.Now();
        Assert.Equal(64, StampedSocket.Send(Descriptor(sender), new byte[64]));
        return (before, StampedSocket.Now());
    }

    private long Receive()
    {
        Assert.Equal(64, Awaited(out var arrived));
        return arrived;
    }

    private int Awaited(out long arrived)
    {
        receiver.Poll(s_patience, SelectMode.SelectRead);
        return StampedSocket.Receive(Descriptor(receiver), new byte[64], out arrived);
    }

    private static int Descriptor(Socket socket) => (int)socket.Handle;
}
