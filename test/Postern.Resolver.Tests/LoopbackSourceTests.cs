using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Postern.Policy.Dns;
using Postern.Resolver.Dns;

namespace Postern.Resolver.Tests;

/// <summary>A resolver of this machine that is believed.</summary>
public sealed class LoopbackSourceTests
{
    private static readonly DnsQuestion s_mx = new(DnsName.Read("mx.example.org")!, RecordType.A);
    private static readonly DnsQuestion s_other = new(DnsName.Read("other.example.org")!, RecordType.A);

    /// <summary>An answer with the AD bit and one address, to whatever is asked.</summary>
    private static byte[] Answer(byte[] query) => Answer(query, 0x81a0);

    private static byte[] Answer(byte[] query, int flags)
    {
        // Without the eleven octets of OPT at the end.
        byte[] answer = [.. query[..^11], 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1];
        BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(2), (ushort)flags);
        answer[7] = 1;
        answer[11] = 0;
        return answer;
    }

    [Theory]
    [InlineData("192.0.2.53")]
    [InlineData("::ffff:192.0.2.53")]
    [InlineData("10.0.0.1")]
    public void Nobody_elsewhere_is_believed(string address) => Assert.Null(LoopbackSource.At(new IPEndPoint(IPAddress.Parse(address), 53)));

    [Fact]
    public void Answers_in_any_order()
    {
        using var resolver = new Resolver();
        resolver.Answers = queries => queries.Count < 2 ? [] : [.. queries.Reverse().Select(query => Answer(query))];
        DnsReply[] replies = [.. resolver.Source.Look([s_mx, s_other, s_mx])];
        Assert.Equal([s_mx, s_other, s_mx], replies.Select(reply => reply.Question));
        Assert.All(replies, reply => Assert.Equal((DnsState.Secure, "192.0.2.1"), (reply.State, reply.Addresses().Records.Single().ToString())));
    }

    [Fact]
    public void What_answers_another_question_is_waited_past()
    {
        using var resolver = new Resolver();
        resolver.Answers = queries =>
        {
            byte[] wrongId = Answer(queries[^1]);
            wrongId[0] ^= 1;
            byte[] wrongName = Answer(queries[^1]);
            wrongName[13] = (byte)'n';
            return [wrongId, wrongName, [], [1], Answer(queries[^1], 0x8180)];
        };
        Assert.Equal(DnsState.Insecure, resolver.Source.Look([s_mx]).Single().State);
    }

    [Fact]
    public void What_does_not_fit_is_asked_for_over_TCP()
    {
        using var resolver = new Resolver();
        resolver.Answers = queries => [Answer(queries[^1], 0x83a0)];
        Assert.Equal(DnsState.Secure, resolver.Source.Look([s_mx]).Single().State);
        Assert.Equal(1, resolver.Streams);
    }

    [Fact]
    public void Nobody_there_is_a_failure()
    {
        int port;
        using (var resolver = new Resolver())
            port = resolver.Port;
        DnsReply reply = LoopbackSource.At(new IPEndPoint(IPAddress.Loopback, port))!.Look([s_mx]).Single();
        Assert.Equal((DnsState.Failed, DnsContent.Nothing), (reply.State, reply.Content));
        Assert.Contains($"127.0.0.1:{port}", reply.Reason, StringComparison.Ordinal);
    }

    /// <summary>A resolver that does not validate never sets the bit: nobody would have DANE, and nobody would know.</summary>
    [Theory]
    [InlineData(0x81a0, null)]
    [InlineData(0x83a0, null)]
    [InlineData(0x8180, "does not validate")]
    [InlineData(0x81a2, "does not answer for the root")]
    public void The_canary(int flags, string? problem)
    {
        using var resolver = new Resolver();
        resolver.Answers = queries => [Answer(queries[^1], flags)];
        string? said = resolver.Source.Canary();
        Assert.Equal(problem is null, said is null);
        Assert.Contains(problem ?? "", said ?? "", StringComparison.Ordinal);
    }

    /// <summary>Whatever it is told to say, by UDP; the good answer, by TCP.</summary>
    private sealed class Resolver : IDisposable
    {
        private readonly Socket _socket;
        private readonly TcpListener _listener;
        private readonly Thread[] _threads;

        public Resolver()
        {
            (_socket, _listener) = Bind();
            _threads = [new Thread(Datagrams), new Thread(TakeStreams)];
            foreach (Thread thread in _threads)
                thread.Start();
        }

        public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

        public LoopbackSource Source => LoopbackSource.At(new IPEndPoint(IPAddress.Loopback, Port))!;

        /// <summary>All queries so far; what is sent now.</summary>
        public Func<IReadOnlyList<byte[]>, byte[][]> Answers { get; set; } = queries => [Answer(queries[^1])];

        public int Streams { get; private set; }

        public void Dispose()
        {
            _socket.Dispose();
            _listener.Stop();
            foreach (Thread thread in _threads)
                thread.Join();
        }

        /// <summary>One port for both, which another test may have half of.</summary>
        private static (Socket Socket, TcpListener Listener) Bind()
        {
            while (true)
            {
                var listener = new TcpListener(IPAddress.Loopback, 0);
                listener.Start();
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
                try
                {
                    socket.Bind(listener.LocalEndpoint);
                    return (socket, listener);
                }
                catch (SocketException)
                {
                    socket.Dispose();
                    listener.Stop();
                }
            }
        }

        private void Datagrams()
        {
            List<byte[]> queries = [];
            byte[] buffer = new byte[4096];
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            try
            {
                while (true)
                {
                    queries.Add(buffer[.._socket.ReceiveFrom(buffer, ref from)]);
                    foreach (byte[] answer in Answers(queries))
                        _ = _socket.SendTo(answer, from);
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }

        private void TakeStreams()
        {
            byte[] buffer = new byte[4096];
            try
            {
                while (true)
                {
                    using Socket socket = _listener.AcceptSocket();
                    Streams++;
                    int have = 0;
                    while (have < 2 || have < 2 + BinaryPrimitives.ReadUInt16BigEndian(buffer))
                        have += socket.Receive(buffer.AsSpan(have), SocketFlags.None) is var count and > 0 ? count : throw new SocketException((int)SocketError.ConnectionReset);
                    byte[] answer = Answer(buffer[2..have]);
                    _ = socket.Send([(byte)(answer.Length >> 8)]);
                    _ = socket.Send([(byte)answer.Length, .. answer]);
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                // The test is over.
            }
        }
    }
}
