using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Postern.Protocols.ProxyProtocol;

/// <summary>An address and port as a PROXY header carries them: 4 or 16 bytes in network order.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly struct ProxyAddress
{
    private readonly Bytes16 _bytes;

    public ProxyAddress(ReadOnlySpan<byte> address, ushort port)
    {
        address.CopyTo(_bytes);
        Length = address.Length;
        Port = port;
    }

    /// <summary>4, 16, or 0 when there is no address.</summary>
    public int Length { get; }

    public ushort Port { get; }

    [UnscopedRef]
    public ReadOnlySpan<byte> Bytes => ((ReadOnlySpan<byte>)_bytes)[..Length];

    [InlineArray(16)]
    private struct Bytes16
    {
        private byte _first;
    }
}
