using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Postern.Interop.LibUnbound;
using Xunit;

namespace Postern.Interop.Tests;

/// <summary>libunbound: its struct, its settings, and what it says when nobody answers. What validation says of zones is a matter of the whole tests.</summary>
public sealed class UnboundTests : IDisposable
{
    private const int TypeA = 1;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly string _directory = Directory.CreateTempSubdirectory("postern-unbound").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    /// <summary>Anchors as an operator's file has them, for a library that takes one at a time.</summary>
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("; nothing\nexample. IN A 192.0.2.1\n", new string[0])]
    [InlineData(". IN DS 1 8 2 AB ; the root\r\n", new[] { ". IN DS 1 8 2 AB" })]
    [InlineData("a. 3600 IN DNSKEY 257 3 8 (\n\tAQ== ; first\n  BB==)\nb. ds 1 8 2 AB", new[] { "a. 3600 IN DNSKEY 257 3 8 AQ== BB==", "b. ds 1 8 2 AB" })]
    public void Records_of_a_zone_file_are_a_line_each(string text, string[] records) => Assert.Equal(records, ZoneText.Records(text));

    [Fact]
    public void Text_without_an_anchor_is_none()
    {
        using var context = UnboundContext.Create(new UnboundSettings { AnchorText = "; nothing" }, out string problem);
        Assert.Null(context);
        Assert.Contains("there is no trust anchor", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void The_result_is_what_the_header_says()
    {
        Dictionary<string, int> real = LayoutTests.Compile("""
            #include <stdio.h>
            #include <stddef.h>
            #include <unbound.h>
            #define AT(f) printf(#f " %zu\n", offsetof(struct ub_result, f))
            int main(void) {
              printf("size %zu\n", sizeof(struct ub_result));
              AT(qname); AT(qtype); AT(qclass); AT(data); AT(len); AT(canonname); AT(rcode); AT(answer_packet); AT(answer_len);
              AT(havedata); AT(nxdomain); AT(secure); AT(bogus); AT(why_bogus); AT(was_ratelimited); AT(ttl);
              return 0;
            }
            """);

        Assert.Equal(real["size"], Marshal.SizeOf<NativeResult>());
        foreach ((string name, string field) in ((string, string)[])
        [
            ("qname", nameof(NativeResult.QuestionName)), ("qtype", nameof(NativeResult.QuestionType)), ("qclass", nameof(NativeResult.QuestionClass)),
            ("data", nameof(NativeResult.Data)), ("len", nameof(NativeResult.Lengths)), ("canonname", nameof(NativeResult.CanonicalName)),
            ("rcode", nameof(NativeResult.ResponseCode)), ("answer_packet", nameof(NativeResult.AnswerPacket)), ("answer_len", nameof(NativeResult.AnswerLength)),
            ("havedata", nameof(NativeResult.HaveData)), ("nxdomain", nameof(NativeResult.NoSuchName)), ("secure", nameof(NativeResult.Secure)),
            ("bogus", nameof(NativeResult.Bogus)), ("why_bogus", nameof(NativeResult.WhyBogus)), ("was_ratelimited", nameof(NativeResult.WasRateLimited)),
            ("ttl", nameof(NativeResult.TimeToLive)),
        ])
        {
            Assert.Equal(real[name], LayoutTests.Offset<NativeResult>(field));
        }
    }

    [Fact]
    public void It_is_there() => Assert.True(UnboundLibrary.TryLoad(out string problem), problem);

    /// <summary>A server that does not answer for us: neither an answer nor a denial.</summary>
    [Fact]
    public void A_refusal_is_a_failure()
    {
        using var server = new RefusingServer();
        using UnboundContext context = Open(new UnboundSettings { Forwarder = server.Address });
        List<UnboundReply> replies = [];
        _ = context.Ask("example.org", TypeA, replies.Add);
        _ = context.Ask("example.com", TypeA, replies.Add);
        Assert.True(context.WaitForAll(s_patience));
        Assert.Equal(2, replies.Count);
        Assert.All(replies, reply => Assert.Equal((ValidationState.Failed, 0), (reply.State, reply.Records.Length)));
        Assert.All(replies, reply => Assert.NotEqual("", reply.Reason));
    }

    /// <summary>A server that is silent: whoever waits has a limit of his own, and the answer of a forgotten question goes nowhere.</summary>
    [Fact]
    public void A_wait_has_an_end()
    {
        using var silent = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        using UnboundContext context = Open(new UnboundSettings { Forwarder = (IPEndPoint)silent.Client.LocalEndPoint! });
        UnboundContext.Inquiry inquiry = context.Ask("example.org", TypeA, _ => Assert.Fail("nobody answers"));
        Assert.False(context.WaitForAll(TimeSpan.FromMilliseconds(300)));
        Assert.Equal(1, context.Waiting);
        context.Forget(inquiry);
        Assert.Equal(0, context.Waiting);
        Assert.True(context.WaitForAll(TimeSpan.Zero));
    }

    /// <summary>"test." is the library's own: it denies what is below it without asking, until the zone is taken away.</summary>
    [Theory]
    [InlineData(false, ValidationState.Insecure, true)]
    [InlineData(true, ValidationState.Failed, false)]
    public void A_zone_of_the_library_can_be_the_operators(bool own, ValidationState state, bool denied)
    {
        using var server = new RefusingServer();
        using UnboundContext context = Open(new UnboundSettings { Forwarder = server.Address, OwnZones = own ? ["test."] : [] });
        UnboundReply? reply = null;
        _ = context.Ask("mail.test", TypeA, answer => reply = answer);
        Assert.True(context.WaitForAll(s_patience));
        Assert.Equal((state, denied), (reply!.State, reply.HasNoName));
    }

    [Fact]
    public void The_roots_keys_are_put_into_a_file_that_is_not_there()
    {
        string kept = Path.Combine(_directory, "root.key");
        using UnboundContext context = Open(new UnboundSettings { RootKeyFile = kept });
        Assert.Equal(RootAnchors.Digests, File.ReadAllLines(kept));
    }

    [Theory]
    [InlineData("none", "")]
    [InlineData("empty", "; nothing\n")]
    [InlineData("garbage", "DS what is that\n")]
    public void An_anchor_file_that_says_nothing_is_refused(string name, string text)
    {
        string path = Path.Combine(_directory, name);
        if (text.Length > 0)
            File.WriteAllText(path, text);
        Assert.Null(UnboundContext.Create(new UnboundSettings { AnchorFile = path }, out string problem));
        Assert.Contains(path, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_file_that_cannot_be_made_is_refused()
    {
        Assert.Null(UnboundContext.Create(new UnboundSettings { RootKeyFile = Path.Combine(_directory, "not", "there") }, out string problem));
        Assert.Contains("cannot be made", problem, StringComparison.Ordinal);
    }

    private static UnboundContext Open(UnboundSettings settings)
    {
        UnboundContext? context = UnboundContext.Create(settings, out string problem);
        Assert.True(context is not null, problem);
        return context;
    }

    /// <summary>Answers every question with REFUSED.</summary>
    private sealed class RefusingServer : IDisposable
    {
        private const byte Response = 0x80;
        private const byte Refused = 5;

        private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        private readonly Thread _thread;

        public RefusingServer()
        {
            _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            Address = (IPEndPoint)_socket.LocalEndPoint!;
            _thread = new Thread(Serve);
            _thread.Start();
        }

        public IPEndPoint Address { get; }

        public void Dispose()
        {
            _socket.Dispose();
            _thread.Join();
        }

        private void Serve()
        {
            byte[] message = new byte[4096];
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            try
            {
                while (true)
                {
                    int length = _socket.ReceiveFrom(message, ref from);
                    message[2] |= Response;
                    message[3] = Refused;
                    _ = _socket.SendTo(message.AsSpan(0, length), from);
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }
}
