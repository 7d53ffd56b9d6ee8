using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;

namespace Postern.Interop.LibC;

public enum EndpointFamily : byte
{
    /// <summary>A unix socket, or not known.</summary>
    None = 0,
    V4 = 4,
    V6 = 6,
}

/// <summary>
/// An IP address and port without an object behind it: 16 address bytes in network order (an IPv4 address in the
/// first four), as accept(2) and the PROXY protocol give them. A v4-mapped IPv6 address is held as IPv4.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct Endpoint
{
    private readonly ulong _high;
    private readonly ulong _low;

    public Endpoint(EndpointFamily family, ReadOnlySpan<byte> address, ushort port)
    {
        Span<byte> all = stackalloc byte[16];
        all.Clear();
        if (family == EndpointFamily.V6 && address.Length == 16 && address[..12].SequenceEqual(MappedPrefix))
        {
            family = EndpointFamily.V4;
            address = address[12..];
        }

        address.CopyTo(all);
        _high = BinaryPrimitives.ReadUInt64BigEndian(all);
        _low = BinaryPrimitives.ReadUInt64BigEndian(all[8..]);
        Family = family;
        Port = port;
    }

    public EndpointFamily Family { get; }

    public ushort Port { get; }

    private static ReadOnlySpan<byte> MappedPrefix => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

    /// <summary>Writes 4 or 16 address bytes, network order; returns how many.</summary>
    public int CopyAddress(Span<byte> destination)
    {
        Span<byte> all = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(all, _high);
        BinaryPrimitives.WriteUInt64BigEndian(all[8..], _low);
        int length = Family switch { EndpointFamily.V4 => 4, EndpointFamily.V6 => 16, _ => 0 };
        all[..length].CopyTo(destination);
        return length;
    }

    /// <summary>
    /// What one client is for a limit: an IPv4 address, or an IPv6 /64, since a site gets a /64 at the least and
    /// could else open one connection from each of its addresses.
    /// </summary>
    public ulong ClientKey => Family == EndpointFamily.V4 ? _high >> 32 : _high;

    public IPAddress Address
    {
        get
        {
            Span<byte> bytes = stackalloc byte[16];
            int length = CopyAddress(bytes);
            return length == 0 ? IPAddress.None : new IPAddress(bytes[..length]);
        }
    }

    public override string ToString() => Family switch
    {
        EndpointFamily.V4 => string.Create(CultureInfo.InvariantCulture, $"{Address}:{Port}"),
        EndpointFamily.V6 => string.Create(CultureInfo.InvariantCulture, $"[{Address}]:{Port}"),
        _ => "unix",
    };
}
