using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Postern.EndToEnd.Rigs;

/// <summary>A name server for one test: answers A and SRV from a table, NXDOMAIN for what is not in it.</summary>
internal sealed class NameServer : IDisposable
{
    public const int ServFail = 2;
    private const int NxDomain = 3;
    private const int TypeA = 1;
    private const int TypeSrv = 33;
    private const int HeaderLength = 12;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly ConcurrentDictionary<string, List<(int Type, byte[] Data)>> _records = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, int> _failures = new(StringComparer.OrdinalIgnoreCase);
    private readonly Thread _thread;

    public NameServer()
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 53));
        _thread = new Thread(Serve);
        _thread.Start();
    }

    /// <summary>Nothing is answered any more.</summary>
    public bool IsSilent { get; set; }

    public void Host(string name, string address) => _records[name] = [(TypeA, IPAddress.Parse(address).GetAddressBytes())];

    public void Service(string name, params (int Priority, int Port, string Target)[] targets)
    {
        _failures.TryRemove(name, out _);
        _records[name] = [.. targets.Select(target => (TypeSrv, Srv(target.Priority, target.Port, target.Target)))];
    }

    public void Forget(string name) => _records.TryRemove(name, out _);

    /// <summary>Answers this name with an error.</summary>
    public void Fail(string name, int code) => _failures[name] = code;

    public void Dispose()
    {
        _socket.Dispose();
        _thread.Join();
    }

    private void Serve()
    {
        byte[] buffer = new byte[512];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        try
        {
            while (true)
            {
                int length = _socket.ReceiveFrom(buffer, ref from);
                if (!IsSilent && length > HeaderLength)
                    _ = _socket.SendTo(Answer(buffer.AsSpan(0, length)), from);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private byte[] Answer(ReadOnlySpan<byte> query)
    {
        int at = HeaderLength;
        List<string> labels = [];
        while (query[at] != 0)
        {
            labels.Add(Encoding.ASCII.GetString(query.Slice(at + 1, query[at])));
            at += 1 + query[at];
        }

        string name = string.Join('.', labels);
        int type = BinaryPrimitives.ReadUInt16BigEndian(query[(at + 1)..]);
        ReadOnlySpan<byte> question = query[HeaderLength..(at + 5)];
        List<(int Type, byte[] Data)>? all = _records.GetValueOrDefault(name);
        byte[][] fitting = [.. (all ?? []).Where(record => record.Type == type).Select(record => record.Data)];
        int code = _failures.GetValueOrDefault(name, all is null ? NxDomain : 0);
        if (code != 0)
            fitting = [];

        // An answer (QR), recursion desired and available; one question, and it again behind the header.
        byte[] header = [query[0], query[1], 0x81, (byte)(0x80 | code), 0, 1, 0, (byte)fitting.Length, 0, 0, 0, 0];
        return [.. header, .. question, .. fitting.SelectMany(data => (byte[])[0xc0, HeaderLength, 0, (byte)type, 0, 1, 0, 0, 0, 0, 0, (byte)data.Length, .. data])];
    }

    private static byte[] Srv(int priority, int port, string target)
    {
        byte[] numbers = new byte[6];
        BinaryPrimitives.WriteUInt16BigEndian(numbers, (ushort)priority);
        BinaryPrimitives.WriteUInt16BigEndian(numbers.AsSpan(4), (ushort)port);
        return [.. numbers, .. target.Split('.', StringSplitOptions.RemoveEmptyEntries).SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0];
    }
}
