using System.Text;
using Postern.Interop.LibSsl;
using Postern.Interop.LibSsl.KeySchedule;
using Postern.Interop.LibSsl.Records;
using Xunit;

namespace Postern.Interop.Tests;

/// <summary>Two ends of a TLS 1.3 connection whose handshake is over, and their keys, so that one of them can be made to lie.</summary>
internal sealed class RecordPair : IDisposable
{
    private readonly byte[] _record = new byte[TlsWire.IncomingSize];

    public RecordPair(int suite, ulong sequence = 0)
    {
        ClientKey = Key(suite, 1, seals: true, sequence);
        ServerKey = Key(suite, 2, seals: true, 0);
        Client = new RecordLayer(Key(suite, 2, seals: false, 0), ClientKey, facingServer: true);
        Server = new RecordLayer(Key(suite, 1, seals: false, sequence), ServerKey, facingServer: false);
    }

    public RecordLayer Client { get; }

    public RecordLayer Server { get; }

    public TrafficKey ClientKey { get; }

    public TrafficKey ServerKey { get; }

    public TlsWire ClientWire { get; } = new();

    public TlsWire ServerWire { get; } = new();

    /// <summary>Puts a record of the client's on its wire, whatever its record layer would say of it.</summary>
    public void Say(ContentType type, ReadOnlySpan<byte> content)
    {
        int length = ClientKey.Seal(type, content, _record);
        _record.AsSpan(0, length).CopyTo(ClientWire.Room);
        ClientWire.Wrote(length);
    }

    public void SayAsServer(ContentType type, ReadOnlySpan<byte> content)
    {
        int length = ServerKey.Seal(type, content, _record);
        _record.AsSpan(0, length).CopyTo(ServerWire.Room);
        ServerWire.Wrote(length);
    }

    /// <summary>What the client has said is with the server, unread.</summary>
    public void Deliver()
    {
        ClientWire.Outgoing.CopyTo(ServerWire.Space);
        ServerWire.Received(ClientWire.Outgoing.Length);
        ClientWire.ClearOutgoing();
    }

    public string HeardByServer() => Latin(Server.Hear(ServerWire, Take(ClientWire)));

    public string HeardByClient() => Latin(Client.Hear(ClientWire, Take(ServerWire)));

    /// <summary>The server hears what is on the wire and refuses: by which alert.</summary>
    public string RefusedByServer()
    {
        Assert.Equal("", HeardByServer());
        return AlertToClient();
    }

    public string RefusedByClient()
    {
        Assert.Equal("", HeardByClient());
        Assert.NotEqual("", Client.Failure);
        Assert.Equal("", HeardByServer());
        return Server.Failure["the peer's alert: ".Length..];
    }

    /// <summary>The alert that the server has said, as the client understands it.</summary>
    public string AlertToClient()
    {
        Assert.NotEqual("", Server.Failure);
        Assert.Equal("", HeardByClient());
        return Client.Failure["the peer's alert: ".Length..];
    }

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
        ClientWire.Dispose();
        ServerWire.Dispose();
    }

    private static byte[] Take(TlsWire wire)
    {
        byte[] bytes = wire.Outgoing.ToArray();
        wire.ClearOutgoing();
        return bytes;
    }

    private static string Latin(byte[] bytes) => Encoding.Latin1.GetString(bytes);

    private static TrafficKey Key(int suite, byte secret, bool seals, ulong sequence)
    {
        RecordSuite known = RecordSuite.Of(suite)!;
        byte[] bytes = new byte[Hmac.MaxDigest];
        bytes.AsSpan().Fill(secret);
        var key = new TrafficKey(known.Hash, bytes);
        Assert.True(key.Begin(known, seals, sequence));
        return key;
    }
}

internal static class RecordLayerListening
{
    /// <summary>All that can be read once these bytes have come, as much at a time as the wire holds; what is left over stays with the wire.</summary>
    public static byte[] Hear(this RecordLayer records, TlsWire wire, ReadOnlySpan<byte> bytes)
    {
        var heard = new List<byte>();
        byte[] plain = new byte[TlsChannel.MinRoom];
        do
        {
            int taken = Math.Min(bytes.Length, wire.Space.Length);
            bytes[..taken].CopyTo(wire.Space);
            wire.Received(taken);
            bytes = bytes[taken..];
            TlsStatus status;
            while ((status = records.Read(wire, plain, out int count)) == TlsStatus.Ok)
                heard.AddRange(plain.AsSpan(0, count));
            Assert.NotEqual(TlsStatus.WantWrite, status);
            if (status != TlsStatus.WantRead)
                break;

            // As the engine does between two turns.
            byte[] unread = wire.Unread.ToArray();
            wire.ClearIncoming();
            unread.CopyTo(wire.Space);
            wire.Received(unread.Length);
        }
        while (!bytes.IsEmpty);
        return [.. heard];
    }
}
