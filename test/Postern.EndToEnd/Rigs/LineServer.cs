using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Postern.Policy.Dns;
using Postern.Policy.Tests;

namespace Postern.EndToEnd.Rigs;

/// <summary>A DNS server on loopback whose zone is made of lines (<see cref="Zone"/>); secure lines have the AD bit.</summary>
internal sealed class LineServer : IDisposable
{
    private const int Opt = 11;

    /// <summary>A header, the root, a type and a class.</summary>
    private const int ShortestQuery = 17;

    private const int Refused = 5;
    private const int TypeDnsKey = 48;

    private readonly Zone _zone;
    private readonly RootKey? _root;
    private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly Thread _thread;
    private int _asked;

    /// <param name="zone">Lines.</param>
    /// <param name="root">Signs the root's keys; null: there are none.</param>
    public LineServer(string zone, RootKey? root = null)
    {
        _zone = new Zone(zone);
        _root = root;
        Address = (IPEndPoint)_socket.Client.LocalEndPoint!;
        _thread = new Thread(Serve) { IsBackground = true };
        _thread.Start();
    }

    public IPEndPoint Address { get; }

    /// <summary>How many questions came.</summary>
    public int Asked => Volatile.Read(ref _asked);

    public void Dispose()
    {
        _socket.Dispose();
        _thread.Join();
    }

    private void Serve()
    {
        try
        {
            while (true)
            {
                IPEndPoint? client = null;
                byte[] query = _socket.Receive(ref client);
                if (query.Length < ShortestQuery)
                    continue;
                _ = Interlocked.Increment(ref _asked);
                byte[] answer = Answer(query);
                _ = _socket.Send(answer, answer.Length, client);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private byte[] Answer(byte[] query)
    {
        var name = new StringBuilder();
        int at = 12;
        for (; query[at] != 0; at += query[at] + 1)
            _ = name.Append(Encoding.ASCII.GetString(query, at + 1, query[at])).Append('.');
        int type = BinaryPrimitives.ReadUInt16BigEndian(query.AsSpan(at + 1));
        int questionEnd = at + 5;
        DnsReply? reply = DnsName.Read(name.ToString()) is { } asked && Enum.IsDefined((RecordType)type) ? _zone.Reply(new DnsQuestion(asked, (RecordType)type)) : null;
        ImmutableArray<ImmutableArray<byte>> records = reply?.Records ?? [];
        List<byte> answer = [.. query[..questionEnd]];
        int code = reply switch { null => 0, { IsAnswer: false } => Refused, { Content: DnsContent.NoName } => 3, _ => 0 };
        int flags = 0x8180 | (reply?.State == DnsState.Secure ? 0x20 : 0) | code;
        byte[] header = [(byte)(flags >> 8), (byte)flags, 0, 1, 0, (byte)records.Length, 0, 0, 0, (byte)(query.Length >= questionEnd + Opt ? 1 : 0)];
        for (int i = 0; i < header.Length; i++)
            answer[2 + i] = header[i];
        foreach (ImmutableArray<byte> record in records)
        {
            // A pointer to the question's name, the class, a TTL of five minutes.
            answer.AddRange([0xc0, 12, (byte)(type >> 8), (byte)type, 0, 1, 0, 0, 1, 44, (byte)(record.Length >> 8), (byte)record.Length]);
            answer.AddRange(record);
        }

        if (_root is not null && name.Length == 0 && type == TypeDnsKey)
        {
            answer[7] = 2;
            answer.AddRange(_root.Answer);
        }

        if (query.Length >= questionEnd + Opt)
            answer.AddRange([0, 0, 41, 4, 208, 0, 0, 0x80, 0, 0, 0]);
        return [.. answer];
    }
}
