using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Postern.Interop.LibSsl.KeySchedule;

/// <summary>
/// HMAC (RFC 2104) under a key that is used several times: what the hash makes of its two pads, §4, is half of the work and is
/// done once. Lives on the stack; <see cref="Dispose"/> wipes it.
/// </summary>
internal unsafe ref struct HmacKey
{
    private const int MaxBlock = 128;
    private const byte InnerPad = 0x36;
    private const byte OuterPad = 0x5c;

    private readonly ScheduleHash _hash;
    private Hmac.State _inner;
    private Hmac.State _outer;

    /// <param name="hash">Which.</param>
    /// <param name="key">At most a block, as all keys of the schedule are.</param>
    [SkipLocalsInit]
    public HmacKey(ScheduleHash hash, scoped ReadOnlySpan<byte> key)
    {
        _hash = hash;
        Span<byte> pad = stackalloc byte[MaxBlock];
        pad = pad[..(hash == ScheduleHash.Sha256 ? 64 : MaxBlock)];
        fixed (Hmac.State* inner = &_inner, outer = &_outer)
        {
            Begin(inner, pad, key, InnerPad);
            Begin(outer, pad, key, OuterPad);
        }

        CryptographicOperations.ZeroMemory(pad);
    }

    /// <param name="first">The message, in two parts.</param>
    /// <param name="second">Its second part.</param>
    /// <param name="output">As long as the digest; may overlap the message.</param>
    [SkipLocalsInit]
    public readonly void Compute(scoped ReadOnlySpan<byte> first, scoped ReadOnlySpan<byte> second, scoped Span<byte> output)
    {
        Span<byte> digest = stackalloc byte[Hmac.MaxDigest];
        digest = digest[..Hmac.DigestLength(_hash)];
        Hmac.State state = _inner;
        Hmac.Add(_hash, &state, first);
        Hmac.Add(_hash, &state, second);
        Hmac.End(_hash, &state, digest);

        state = _outer;
        Hmac.Add(_hash, &state, digest);
        Hmac.End(_hash, &state, output[..digest.Length]);
        CryptographicOperations.ZeroMemory(digest);
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(new Span<Hmac.State>(ref _inner)));
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(new Span<Hmac.State>(ref _outer)));
    }

    private readonly void Begin(Hmac.State* state, scoped Span<byte> pad, scoped ReadOnlySpan<byte> key, byte with)
    {
        pad.Fill(with);
        for (int i = 0; i < key.Length; i++)
            pad[i] ^= key[i];
        Hmac.Begin(_hash, state);
        Hmac.Add(_hash, state, pad);
    }
}
