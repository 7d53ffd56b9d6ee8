using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Postern.Interop.LibC;

/// <summary>
/// A struct sockaddr of one of the three families that Postern speaks, as bytes; made once, when the configuration
/// is read, and handed to bind(2) and connect(2).
/// </summary>
public sealed class SocketAddress
{
    internal const int FamilyUnix = 1;
    internal const int FamilyV4 = 2;
    internal const int FamilyV6 = 10;

    /// <summary>sizeof(struct sockaddr_un); the others are smaller.</summary>
    internal const int MaxLength = 110;

    /// <summary>sun_path, less the closing NUL.</summary>
    public const int MaxPath = 107;

    private readonly byte[] _bytes;

    private SocketAddress(byte[] bytes, string text)
    {
        _bytes = bytes;
        Text = text;
    }

    /// <summary>As the operator would write it.</summary>
    public string Text { get; }

    internal int Family => BitConverter.ToUInt16(_bytes);

    internal ReadOnlySpan<byte> Bytes => _bytes;

    public bool IsUnix => Family == FamilyUnix;

    public static SocketAddress Tcp(IPAddress address, int port)
    {
        ArgumentNullException.ThrowIfNull(address);
        bool six = address.AddressFamily == AddressFamily.InterNetworkV6;
        byte[] bytes = new byte[six ? 28 : 16];
        BitConverter.TryWriteBytes(bytes, (ushort)(six ? FamilyV6 : FamilyV4));
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)port);
        address.TryWriteBytes(bytes.AsSpan(six ? 8 : 4), out _);
        if (six)
            BitConverter.TryWriteBytes(bytes.AsSpan(24), (uint)address.ScopeId);
        return new SocketAddress(bytes, six ? $"[{address}]:{port}" : $"{address}:{port}");
    }

    public static SocketAddress Unix(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        int length = Encoding.UTF8.GetByteCount(path);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, MaxPath);
        byte[] bytes = new byte[2 + length + 1];
        BitConverter.TryWriteBytes(bytes, (ushort)FamilyUnix);
        Encoding.UTF8.GetBytes(path, bytes.AsSpan(2));
        return new SocketAddress(bytes, "unix:" + path);
    }

    /// <summary>Reads what accept(2) or getsockname(2) filled in.</summary>
    internal static Endpoint ToEndpoint(ReadOnlySpan<byte> address)
    {
        if (address.Length < 2)
            return default;

        return BitConverter.ToUInt16(address) switch
        {
            FamilyV4 when address.Length >= 16 =>
                new Endpoint(EndpointFamily.V4, address.Slice(4, 4), BinaryPrimitives.ReadUInt16BigEndian(address[2..])),
            FamilyV6 when address.Length >= 28 =>
                new Endpoint(EndpointFamily.V6, address.Slice(8, 16), BinaryPrimitives.ReadUInt16BigEndian(address[2..])),
            _ => default,
        };
    }

    public override string ToString() => Text;
}
