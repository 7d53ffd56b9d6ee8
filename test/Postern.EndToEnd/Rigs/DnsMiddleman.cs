using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Postern.EndToEnd.Rigs;

/// <summary>Types of records that the tests meddle with.</summary>
internal enum DnsType
{
    A = 1,
    Mx = 15,
    Txt = 16,
    Aaaa = 28,
    Tlsa = 52,
}

/// <summary>
/// Somebody on the way to the DNS: passes questions on to a server and its answers back, but for those that he answers himself
/// (which he cannot sign), breaks or swallows.
/// </summary>
internal sealed class DnsMiddleman : IDisposable
{
    private const int ServFail = 2;
    private const int NxDomain = 3;
    private const int HeaderLength = 12;
    private const int MaxMessage = 4096;
    private const int Patience = 1000;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly IPEndPoint _server;
    private readonly ConcurrentDictionary<(string Name, DnsType Type), Deed> _deeds = new();
    private readonly ConcurrentDictionary<(string Name, DnsType Type), int> _asked = new();
    private readonly Thread _thread;

    /// <param name="Code">Of the answer; −1: there is none.</param>
    private sealed record Deed(int Code, byte[][] Records);

    /// <param name="port">Of 127.0.0.1: where he stands.</param>
    /// <param name="server">The port of whom he stands before.</param>
    public DnsMiddleman(int port, int server)
    {
        _server = new IPEndPoint(IPAddress.Loopback, server);
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _thread = new Thread(Serve) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>He swallows everything: questions go out, and nothing comes back.</summary>
    public bool IsSilent { get; set; }

    /// <summary>How often it was asked for.</summary>
    public int Asked(string name, DnsType type) => _asked.GetValueOrDefault((name, type));

    /// <summary>The question is answered with SERVFAIL.</summary>
    public void Break(string name, DnsType type) => _deeds[(name, type)] = new Deed(ServFail, []);

    /// <summary>The question is not answered.</summary>
    public void Swallow(string name, DnsType type) => _deeds[(name, type)] = new Deed(-1, []);

    /// <summary>The name does not exist, he says.</summary>
    public void Deny(string name, DnsType type) => _deeds[(name, type)] = new Deed(NxDomain, []);

    /// <summary>This is the answer, he says: RDATA, as it is on the wire.</summary>
    public void Forge(string name, DnsType type, params byte[][] records) => _deeds[(name, type)] = new Deed(0, records);

    /// <summary>RDATA of an MX.</summary>
    public static byte[] Mx(string host) => [0, 10, .. host.Split('.').SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0];

    /// <summary>RDATA of a TXT with one string.</summary>
    public static byte[] Txt(string text) => [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)];

    public void Dispose()
    {
        _socket.Dispose();
        _thread.Join();
    }

    private void Serve()
    {
        byte[] buffer = new byte[MaxMessage];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        try
        {
            while (true)
            {
                int length = _socket.ReceiveFrom(buffer, ref from);
                if (!IsSilent && length > HeaderLength && Answer(buffer[..length]) is { } answer)
                    _ = _socket.SendTo(answer, from);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private byte[]? Answer(byte[] query)
    {
        int at = HeaderLength;
        var name = new StringBuilder();
        for (; query[at] != 0; at += query[at] + 1)
            _ = name.Append(name.Length == 0 ? "" : ".").Append(Encoding.ASCII.GetString(query, at + 1, query[at]).ToLowerInvariant());
        var type = (DnsType)BinaryPrimitives.ReadUInt16BigEndian(query.AsSpan(at + 1));
        _ = _asked.AddOrUpdate((name.ToString(), type), 1, (_, count) => count + 1);
        return _deeds.TryGetValue((name.ToString(), type), out Deed? deed) ? deed.Code < 0 ? null : Own(query, at + 5, deed) : PassOn(query, at + 5);
    }

    private byte[] PassOn(byte[] query, int questionEnd)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = Patience };
        try
        {
            socket.Connect(_server);
            _ = socket.Send(query);
            byte[] answer = new byte[MaxMessage];
            return answer[..socket.Receive(answer)];
        }
        catch (SocketException)
        {
            // Nobody is behind him.
            return Own(query, questionEnd, new Deed(ServFail, []));
        }
    }

    /// <summary>An answer (QR, AA, RA); the question, and each record by a pointer to its name, with a minute to live. No signatures.</summary>
    private static byte[] Own(byte[] query, int questionEnd, Deed deed) =>
    [
        query[0], query[1], 0x85, (byte)(0x80 | deed.Code), 0, 1, 0, (byte)deed.Records.Length, 0, 0, 0, 0,
        .. query[HeaderLength..questionEnd],
        .. deed.Records.SelectMany(record => (byte[])[0xc0, HeaderLength, .. query[(questionEnd - 4)..questionEnd], 0, 0, 0, 60, (byte)(record.Length >> 8), (byte)record.Length, .. record]),
    ];
}
