using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>isolation = "connection": a process for each connection, and what its end costs.</summary>
[Collection(nameof(EchoGates))]
public sealed class RoomTests : IDisposable
{
    private readonly EchoGates _gates;
    private readonly int _tls = Workplace.FreePort();
    private readonly int _pop = Workplace.FreePort();
    private readonly int _proxied = Workplace.FreePort();
    private readonly PosternRig _rig;

    public RoomTests(EchoGates gates)
    {
        _gates = gates;
        _rig = gates.Rooms("rooms", Tables(), _tls, _pop, _proxied);

        // Whether it is up was asked by connections, which must be gone before connections are counted.
        try
        {
            Workplace.WaitFor(
                () => _rig.Status().GetProperty("gates").EnumerateArray().Count(gate => gate.GetProperty("accepted").GetInt64() > 0 && gate.GetProperty("live").GetInt64() == 0) == 3,
                () => _rig.Log);
        }
        catch
        {
            _rig.Dispose();
            throw;
        }
    }

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void Each_connection_has_a_process_that_ends_with_it()
    {
        using SslStream first = Open(), second = Open();
        Assert.Equal("one", Echo(first, "one"));
        Assert.Equal("two", Echo(second, "two"));
        int[] serving = Serving();
        Assert.Equal(2, serving.Length);

        first.Dispose();
        JsonElement record = WaitForConnection("tls");
        Assert.Equal("localhost", record.GetProperty("sni").GetString());
        Assert.Equal("TLSv1.3", record.GetProperty("tls").GetString());
        Assert.Equal(3, record.GetProperty("in").GetInt64());
        Assert.Equal("relay", record.GetProperty("stage").GetString());
        Workplace.WaitFor(() => Serving().Length == 1, () => "its process goes on: " + _rig.Log);
        Assert.Equal("still", Echo(second, "still"));
        Assert.Equal(1, Gate("tls").GetProperty("live").GetInt64());
    }

    /// <summary>What a room has open: three standard descriptors, its porter, its loop, its client, its backend. No other connection's.</summary>
    [Fact]
    public void A_room_has_its_own_connection_open_and_nothing_else()
    {
        using SslStream first = Open(), second = Open();
        _ = Echo(first, "one");
        _ = Echo(second, "two");
        HashSet<string> sockets = [];
        foreach (int room in Serving())
        {
            string[] open = [.. Directory.EnumerateFiles($"/proc/{room}/fd").Select(file => new FileInfo(file).LinkTarget!)];
            Assert.InRange(open.Length, 5, 7);
            string[] mine = [.. open.Where(target => target.StartsWith("socket:", StringComparison.Ordinal))];
            Assert.Equal(3, mine.Length);
            Assert.All(mine, socket => Assert.True(sockets.Add(socket), "two rooms share a socket"));
        }
    }

    /// <summary>Taken out: the private mapping of SharedMemory.Anonymous, which is what a room counts in.</summary>
    [Fact]
    public void A_room_shares_no_memory_that_anybody_can_write()
    {
        using SslStream client = Open();
        _ = Echo(client, "one");
        string[] mappings = File.ReadAllLines($"/proc/{Serving().Single()}/maps");
        Assert.Contains(mappings, line => line.Contains(" rw-p ", StringComparison.Ordinal));
        Assert.DoesNotContain(mappings, line => line.Contains(" rw-s ", StringComparison.Ordinal));
    }

    [Fact]
    public void Killing_one_touches_no_other_and_is_written_down()
    {
        using SslStream first = Open();
        _ = Echo(first, "one");
        int victim = Serving().Single();
        using SslStream second = Open();
        _ = Echo(second, "two");
        Kill(victim);
        JsonElement record = WaitForConnection("tls");
        Assert.Equal("process-died", record.GetProperty("outcome").GetString());
        Assert.Throws<IOException>(() => Echo(first, "gone"));
        Assert.Equal("still", Echo(second, "still"));
        using SslStream third = Open();
        Assert.Equal("three", Echo(third, "three"));
        Workplace.WaitFor(() => Gate("tls").GetProperty("live").GetInt64() == 2, () => "the dead one is still counted");
    }

    [Theory]
    [InlineData("nursery")]
    [InlineData("keyAgent")]
    [InlineData("dialer")]
    [InlineData("porter")]
    public void Who_serves_the_rooms_can_die_and_is_back_within_a_second(string role)
    {
        using SslStream held = Open();
        Assert.Equal("before", Echo(held, "before"));
        int pid = role == "porter" ? Current().GetProperty("workers")[0].GetProperty("pid").GetInt32() : Current().GetProperty(role).GetProperty("pid").GetInt32();
        Kill(pid);
        long start = Stopwatch.GetTimestamp();
        Workplace.WaitFor(CanEcho, () => "no connection succeeds any more: " + _rig.Log);
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(1.5), $"it took {Stopwatch.GetElapsedTime(start)}");
        Assert.Equal("after", Echo(held, "after"));
    }

    /// <summary>Limits hold over all rooms: the third of two is told to come again, in the protocol's words, and counted.</summary>
    [Fact]
    public void Limits_hold_over_all_rooms()
    {
        using (TcpClient first = new("127.0.0.1", _pop), second = new("127.0.0.1", _pop), third = new("127.0.0.1", _pop))
        {
            Assert.StartsWith("+OK", Line(first), StringComparison.Ordinal);
            Assert.StartsWith("+OK", Line(second), StringComparison.Ordinal);
            Assert.StartsWith("-ERR [SYS/TEMP]", Line(third), StringComparison.Ordinal);
            Assert.Equal("shed", WaitForConnection("pop").GetProperty("outcome").GetString());
        }

        Workplace.WaitFor(
            () =>
            {
                using TcpClient again = new("127.0.0.1", _pop);
                return Line(again).StartsWith("+OK", StringComparison.Ordinal);
            },
            () => "who left is still counted: " + _rig.Log);
    }

    /// <summary>The client that a trusted network's PROXY header names is who the limit, the log and the backend go by.</summary>
    [Fact]
    public void Limits_go_by_the_client_that_a_header_announces()
    {
        // One after the other: rooms read their headers in no order.
        using TcpClient first = Announced("192.0.2.1");
        Assert.StartsWith("+OK", Line(first), StringComparison.Ordinal);
        using TcpClient second = Announced("192.0.2.1");
        Assert.StartsWith("+OK", Line(second), StringComparison.Ordinal);
        using TcpClient third = Announced("192.0.2.1"), other = Announced("192.0.2.2");
        Assert.StartsWith("-ERR [SYS/TEMP]", Line(third), StringComparison.Ordinal);
        Assert.StartsWith("+OK", Line(other), StringComparison.Ordinal);
        Assert.Contains("192.0.2.1", WaitForConnection("proxied").GetProperty("client").GetString()!, StringComparison.Ordinal);
    }

    /// <summary>
    /// All rooms come from one nursery. Taken out: OpenSSL's look at the process number, by which a fork draws anew. Two
    /// rooms would then say the same random, and agree on the same keys.
    /// </summary>
    [Fact]
    public void No_two_rooms_draw_the_same_random()
    {
        HashSet<string> randoms = [];
        for (int i = 0; i < 24; i++)
            Assert.True(randoms.Add(ServerRandom()), "two rooms said the same random");
    }

    /// <summary>No ticket key is in a room, so none is given.</summary>
    [Fact]
    public void There_are_no_session_tickets()
    {
        string session = _gates.At("rooms.session");
        ToolResult result = Tool.RunWith(
            "x", TimeSpan.FromMilliseconds(600), "openssl", ["s_client", "-connect", $"localhost:{_tls}", "-CAfile", _gates.Certificates.Authority, "-sess_out", session]);
        Assert.Contains("TLSv1.3", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("NewSessionTicket", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("New Session Ticket arrived", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reload_lets_rooms_go_on_and_term_waits_for_them()
    {
        using SslStream held = Open();
        _ = Echo(held, "one");
        Assert.Equal(0, _rig.Command("reload").ExitCode);
        Assert.Equal("after the reload", Echo(held, "after the reload"));
        Assert.True(CanEcho());
        _rig.Signal("TERM");
        Assert.Equal("while draining", Echo(held, "while draining"));
        held.Dispose();
        Assert.True(_rig.WaitForExit(), _rig.Log);
        Assert.Equal(0, _rig.ExitCode);
    }

    private string Tables() => _gates.Certificates.Tables + $"""
        [[gate]]
        name = "tls"
        protocol = "tcp"
        listen = ["127.0.0.1:{_tls}"]
        tls = "implicit"
        certificate = ["ec", "rsa"]
        backend = "127.0.0.1:{_gates.BackendPort}"

        [[gate]]
        name = "pop"
        protocol = "pop3"
        listen = ["127.0.0.1:{_pop}"]
        tls = "starttls"
        certificate = ["ec"]
        backend = "127.0.0.1:{_gates.BackendPort}"
        max-connections-per-client = 2

        [[gate]]
        name = "proxied"
        protocol = "pop3"
        listen = ["127.0.0.1:{_proxied}"]
        tls = "starttls"
        certificate = ["ec"]
        backend = "127.0.0.1:{_gates.BackendPort}"
        accept-proxy-from = ["127.0.0.0/8"]
        max-connections-per-client = 2
        """;

    private SslStream Open()
    {
        var client = new TcpClient("127.0.0.1", _tls) { ReceiveTimeout = 5_000 };
        var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, _, _, _) => true);
        tls.AuthenticateAsClient("localhost");
        return tls;
    }

    private static string Echo(SslStream tls, string text)
    {
        tls.Write(Encoding.ASCII.GetBytes(text));
        byte[] answer = new byte[text.Length];
        try
        {
            tls.ReadExactly(answer);
        }
        catch (EndOfStreamException e)
        {
            throw new IOException("cut", e);
        }

        return Encoding.ASCII.GetString(answer);
    }

    private bool CanEcho()
    {
        try
        {
            using SslStream tls = Open();
            return Echo(tls, "x") == "x";
        }
        catch (Exception e) when (e is IOException or SocketException or System.Security.Authentication.AuthenticationException)
        {
            return false;
        }
    }

    private TcpClient Announced(string client)
    {
        var connection = new TcpClient("127.0.0.1", _proxied);
        connection.GetStream().Write(Encoding.ASCII.GetBytes($"PROXY TCP4 {client} 198.51.100.1 4711 110\r\n"));
        return connection;
    }

    private static string Line(TcpClient client)
    {
        client.ReceiveTimeout = 5_000;
        byte[] buffer = new byte[512];
        int count = client.GetStream().Read(buffer);
        return Encoding.ASCII.GetString(buffer, 0, count);
    }

    /// <summary>32 bytes of a ServerHello (RFC 8446 §4.1.3), read before anything is verified.</summary>
    private string ServerRandom()
    {
        using var recorder = new MemoryStream();
        using var client = new TcpClient("127.0.0.1", _tls) { ReceiveTimeout = 5_000 };
        using var tls = new SslStream(new Recording(client.GetStream(), recorder), leaveInnerStreamOpen: false, (_, _, _, _) => true);
        tls.AuthenticateAsClient("localhost");

        // Record header 5, handshake header 4, version 2.
        return Convert.ToHexString(recorder.ToArray().AsSpan(11, 32));
    }

    private JsonElement WaitForConnection(string gate) => _rig.WaitForEntry(entry =>
        entry.GetProperty("event").GetString() == "connection"
        && entry.GetProperty("gate").GetString() == gate
        && entry.GetProperty("outcome").GetString() != "client-left");

    private JsonElement Current() => _rig.Status().GetProperty("generations").EnumerateArray().Single(generation => generation.GetProperty("state").GetString() == "current");

    private JsonElement Gate(string name) => _rig.Status().GetProperty("gates").EnumerateArray().Single(gate => gate.GetProperty("name").GetString() == name);

    /// <summary>Rooms that have a connection: those with three sockets.</summary>
    private int[] Serving()
    {
        string[] pids = Tool.Run("pgrep", "-P", Current().GetProperty("nursery").GetProperty("pid").GetInt32().ToString(CultureInfo.InvariantCulture))
            .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return [.. pids.Select(pid => int.Parse(pid, CultureInfo.InvariantCulture)).Where(IsServing)];
    }

    private static bool IsServing(int pid)
    {
        try
        {
            return Directory.EnumerateFiles($"/proc/{pid}/fd").Count(file => new FileInfo(file).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true) == 3;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static void Kill(int pid) => _ = Tool.Run("kill", "-KILL", pid.ToString(CultureInfo.InvariantCulture));

    /// <summary>Keeps what is read, for a look at the bytes.</summary>
    private sealed class Recording(Stream inner, MemoryStream kept) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = inner.Read(buffer, offset, count);
            kept.Write(buffer, offset, read);
            return read;
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);
    }
}
