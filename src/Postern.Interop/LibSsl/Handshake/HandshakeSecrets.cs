using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Postern.Interop.LibSsl.KeySchedule;

namespace Postern.Interop.LibSsl.Handshake;

/// <summary>
/// The key schedule of one handshake: RFC 8446 §7.1. It goes down from the early secret to the master secret, one at a time, and
/// gives out what the current one has. Lives on the stack of the call that makes it; <see cref="Dispose"/> wipes it.
/// </summary>
internal unsafe ref struct HandshakeSecrets
{
    private readonly ScheduleHash _hash;
    private Block _current;

    /// <param name="hash">The suite's.</param>
    /// <param name="preSharedKey">Empty without one.</param>
    public HandshakeSecrets(ScheduleHash hash, scoped ReadOnlySpan<byte> preSharedKey)
    {
        _hash = hash;
        _ = Hkdf.TryNextSecret(hash, [], preSharedKey, "tls13 "u8, "derived"u8, Current);
    }

    public readonly int Length => Hmac.DigestLength(_hash);

    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    private Span<byte> Current => MemoryMarshal.CreateSpan(ref _current.First, Hmac.DigestLength(_hash));

    /// <summary>To the handshake secret with what was agreed on, from there to the master secret with nothing.</summary>
    public void Next(scoped ReadOnlySpan<byte> incoming)
    {
        Span<byte> next = stackalloc byte[Hmac.MaxDigest];
        next = next[..Length];
        _ = Hkdf.TryNextSecret(_hash, Current, incoming, "tls13 "u8, "derived"u8, next);
        next.CopyTo(Current);
        CryptographicOperations.ZeroMemory(next);
    }

    /// <summary>Derive-Secret(current, label, messages).</summary>
    /// <param name="label">Without "tls13 ".</param>
    /// <param name="transcript">The messages' hash.</param>
    /// <param name="secret">As long as the hash.</param>
    public void Derive(scoped ReadOnlySpan<byte> label, scoped ReadOnlySpan<byte> transcript, scoped Span<byte> secret) =>
        Hkdf.TryExpandLabel(_hash, Current, "tls13 "u8, label, transcript, secret);

    /// <summary>verify_data of a Finished, or a binder (§4.4.4): HMAC under a key made of the sender's secret.</summary>
    public static void Finish(ScheduleHash hash, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> transcript, Span<byte> verifyData)
    {
        Span<byte> key = stackalloc byte[Hmac.MaxDigest];
        key = key[..secret.Length];
        _ = Hkdf.TryExpandLabel(hash, secret, "tls13 "u8, "finished"u8, [], key);
        Hmac.Compute(hash, key, transcript, [], verifyData);
        CryptographicOperations.ZeroMemory(key);
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(Current);

    [StructLayout(LayoutKind.Sequential, Size = Hmac.MaxDigest)]
    private struct Block
    {
        public byte First;
    }
}
