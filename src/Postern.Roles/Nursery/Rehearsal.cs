using System.Collections.Immutable;
using Postern.Engine.Gates;
using Postern.Interop.LibSsl;

namespace Postern.Roles.Nursery;

/// <summary>
/// Handshakes before the first client: each gate answers a ClientHello of our own, as far as the signature, which nobody
/// gives here. What OpenSSL and the linker look up at their first use is then looked up once, in the nursery, and not
/// again in every room.
/// </summary>
internal static class Rehearsal
{
    private const ushort Tls12 = 0x0303, Tls13 = 0x0304;

    private static ReadOnlySpan<byte> Suites => [0x13, 0x02, 0x13, 0x01, 0x13, 0x03, 0xc0, 0x2c, 0xc0, 0x30, 0xc0, 0x2b, 0xc0, 0x2f];

    private static ReadOnlySpan<byte> X25519 => [0x00, 0x1d];

    private static ReadOnlySpan<byte> Groups => [0x00, 0x06, 0x00, 0x1d, 0x00, 0x17, 0x00, 0x18];

    private static ReadOnlySpan<byte> Signatures => [0x00, 0x0e, 0x04, 0x03, 0x05, 0x03, 0x08, 0x04, 0x08, 0x05, 0x04, 0x01, 0x05, 0x01, 0x08, 0x07];

    /// <param name="gates">What rooms serve.</param>
    /// <param name="wire">The rooms' own, so that its pages are there.</param>
    public static void Hold(ImmutableArray<Gate> gates, TlsWire wire)
    {
        foreach (TlsServer server in gates.Select(gate => gate.TlsServer).OfType<TlsServer>())
        {
            foreach (ushort version in (ReadOnlySpan<ushort>)[Tls13, Tls12])
            {
                byte[] hello = ClientHello(version);
                using var channel = new TlsChannel(server, wire);
                wire.Clear();
                hello.CopyTo(wire.Space);
                wire.Received(hello.Length);
                _ = channel.Handshake();
            }
        }

        wire.Clear();
    }

    /// <summary>RFC 8446 §4.1.2; for TLS 1.2 it is the same without what only 1.3 knows.</summary>
    private static byte[] ClientHello(ushort version)
    {
        const int Random = 32;
        byte[] extensions =
        [
            .. Extension(10, Groups),
            .. Extension(11, [1, 0]),
            .. Extension(13, Signatures),
            .. Extension(23, []),
            .. version == Tls13 ? Extension(43, [2, 0x03, 0x04]) : [],

            // Any 32 bytes are a key of X25519 (RFC 7748 §5); this is its base point.
            .. version == Tls13 ? Extension(51, [0, 36, .. X25519, 0, 32, 9, .. new byte[31]]) : [],
        ];
        byte[] body = [0x03, 0x03, .. new byte[Random], 0, .. Length(Suites.Length), .. Suites, 1, 0, .. Length(extensions.Length), .. extensions];
        byte[] message = [1, 0, .. Length(body.Length), .. body];
        return [22, 0x03, 0x01, .. Length(message.Length), .. message];
    }

    private static byte[] Extension(ushort type, ReadOnlySpan<byte> data) => [.. Length(type), .. Length(data.Length), .. data];

    private static byte[] Length(int number) => [(byte)(number >> 8), (byte)number];
}
