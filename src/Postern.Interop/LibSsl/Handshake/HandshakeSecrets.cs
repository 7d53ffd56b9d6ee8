using System.Security.Cryptography;
using Postern.Interop.LibSsl.KeySchedule;

namespace Postern.Interop.LibSsl.Handshake;

/// <summary>
/// The key schedule of one handshake: RFC 8446 §7.1. It goes down from the early secret to the master secret, one at a time, and
/// gives out what the current one has. Lives on the stack of the call that makes it; <see cref="Dispose"/> wipes it.
/// </summary>
internal ref struct HandshakeSecrets
{
    private static readonly byte[] s_salt256 = SaltWithoutKey(ScheduleHash.Sha256);
    private static readonly byte[] s_salt384 = SaltWithoutKey(ScheduleHash.Sha384);

    private readonly ScheduleHash _hash;
    private HmacKey _current;
    private bool _isEarlyWithoutKey;

    /// <param name="hash">The suite's.</param>
    /// <param name="preSharedKey">Empty without one: then nothing hangs on the early secret but the next, and it is always the same.</param>
    public HandshakeSecrets(ScheduleHash hash, scoped ReadOnlySpan<byte> preSharedKey)
    {
        _hash = hash;
        _isEarlyWithoutKey = preSharedKey.IsEmpty;
        if (!_isEarlyWithoutKey)
            Extract([], preSharedKey);
    }

    public readonly int Length => Hmac.DigestLength(_hash);

    /// <summary>To the handshake secret with what was agreed on, from there to the master secret with nothing.</summary>
    public void Next(scoped ReadOnlySpan<byte> incoming)
    {
        Span<byte> salt = stackalloc byte[Hmac.MaxDigest];
        salt = salt[..Length];
        if (_isEarlyWithoutKey)
            (_hash == ScheduleHash.Sha256 ? s_salt256 : s_salt384).CopyTo(salt);
        else
            Derive("derived"u8, Hkdf.Nothing(_hash), salt);
        _isEarlyWithoutKey = false;
        Extract(salt, incoming);
        CryptographicOperations.ZeroMemory(salt);
    }

    /// <summary>Derive-Secret(current, label, messages).</summary>
    /// <param name="label">Without "tls13 ".</param>
    /// <param name="transcript">The messages' hash.</param>
    /// <param name="secret">As long as the hash.</param>
    public readonly void Derive(scoped ReadOnlySpan<byte> label, scoped ReadOnlySpan<byte> transcript, scoped Span<byte> secret) =>
        Hkdf.TryExpandLabel(_hash, _current, "tls13 "u8, label, transcript, secret);

    /// <summary>verify_data of a Finished, or a binder (§4.4.4): HMAC under a key made of the sender's secret.</summary>
    public static void Finish(ScheduleHash hash, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> transcript, Span<byte> verifyData)
    {
        Span<byte> key = stackalloc byte[Hmac.MaxDigest];
        key = key[..secret.Length];
        _ = Hkdf.TryExpandLabel(hash, secret, "tls13 "u8, "finished"u8, [], key);
        Hmac.Compute(hash, key, transcript, [], verifyData);
        CryptographicOperations.ZeroMemory(key);
    }

    public void Dispose() => _current.Dispose();

    private void Extract(scoped ReadOnlySpan<byte> salt, scoped ReadOnlySpan<byte> incoming)
    {
        Span<byte> secret = stackalloc byte[Hmac.MaxDigest];
        secret = secret[..Length];
        Hkdf.Extract(_hash, salt, incoming, secret);
        _current = new HmacKey(_hash, secret);
        CryptographicOperations.ZeroMemory(secret);
    }

    private static byte[] SaltWithoutKey(ScheduleHash hash)
    {
        byte[] salt = new byte[Hmac.DigestLength(hash)], secret = new byte[salt.Length];
        _ = Hkdf.TryNextSecret(hash, [], [], "tls13 "u8, "derived"u8, secret)
            && Hkdf.TryExpandLabel(hash, secret, "tls13 "u8, "derived"u8, Hkdf.Nothing(hash), salt);
        return salt;
    }
}
