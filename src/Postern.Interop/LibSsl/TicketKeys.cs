using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Postern.Interop.LibSsl;

/// <summary>
/// The session ticket keys of one gate and route. Every hour has keys of its own, derived from the gate's secret, so
/// that all workers of all generations agree without talking; the hour before is still accepted.
/// </summary>
/// <remarks>
/// RFC 5077 §4 and RFC 8446 §4.6.1 leave the format to the server. A ticket key is worth an impersonation towards
/// resuming clients while it lives: hence the hour.
/// </remarks>
internal sealed unsafe class TicketKeys(byte[] secret, int route)
{
    public const int LifetimeSeconds = 3600;

    public const int NameLength = 16;
    private const int KeyLength = 32;

    private readonly byte[] _secret = secret;
    private Hour? _current;
    private Hour? _previous;

    /// <summary>The keys to seal with at this time (seconds of the Unix epoch).</summary>
    public Hour Current(long now)
    {
        long slot = now / LifetimeSeconds;
        if (_current?.Slot != slot)
        {
            _previous = _current?.Slot == slot - 1 ? _current : Derive(slot - 1);
            _current = Derive(slot);
        }

        return _current!;
    }

    /// <summary>The keys that opened a ticket of this name, or null: another gate's, too old, or nobody's.</summary>
    public Hour? Find(ReadOnlySpan<byte> name, long now)
    {
        Hour current = Current(now);
        if (name.SequenceEqual(current.Name))
            return current;
        return name.SequenceEqual(_previous!.Name) ? _previous : null;
    }

    private Hour Derive(long slot)
    {
        byte[] name = Derive(slot, "name"u8);
        return new Hour(slot, name[..NameLength], Derive(slot, "cipher"u8), Derive(slot, "mac"u8));
    }

    /// <summary>HMAC-SHA-256 as a PRF over a label, the route and the hour: one block of NIST SP 800-108's counter mode.</summary>
    private byte[] Derive(long slot, ReadOnlySpan<byte> label)
    {
        Span<byte> data = stackalloc byte[32];
        data.Clear();
        label.CopyTo(data);
        BinaryPrimitives.WriteInt32BigEndian(data[16..], route);
        BinaryPrimitives.WriteInt64BigEndian(data[24..], slot);
        byte[] output = new byte[KeyLength];
        uint length = KeyLength;
        fixed (byte* k = _secret)
        fixed (byte* d = data)
        fixed (byte* o = output)
        {
            if (NativeLibCrypto.HMAC(NativeLibCrypto.EVP_sha256(), k, _secret.Length, d, (nuint)data.Length, o, &length) == null)
                throw new InvalidOperationException("HMAC: " + OpenSslError.Take());
        }

        return output;
    }

    internal sealed record Hour(long Slot, byte[] Name, byte[] Cipher, byte[] Mac);
}
