using System.Buffers.Binary;
using System.Security.Cryptography;
using Postern.Interop.LibSsl.KeySchedule;
using Postern.Interop.LibSsl.Records;
using Postern.Interop.LibSsl.Tickets;

namespace Postern.Interop.LibSsl.Handshake;

/// <summary>
/// What a ticket of TLS 1.3 holds (RFC 8446 §4.6.1 leaves it to the server): the key, the suite, when, since when, under which policy
/// the client was let in, and the certificate that it was shown, by its hash: bindings go by that (RFC 5929 §4). Sealed with AES-256-GCM under a key of its own, made of the slice's.
/// </summary>
/// <remarks>
/// It does not bear the name of the slice's keys but another, made of it: OpenSSL, which seals tickets of another form under the same
/// keys, takes ours for somebody else's, and we take its.
/// </remarks>
internal static unsafe class SessionTicket
{
    /// <summary>The longest that is sealed here, and the longest that is looked at.</summary>
    public const int MaxLength = TicketKeySet.NameLength + NonceLength + MaxPlain + TagLength;

    /// <summary>Of tls-server-end-point: SHA-512's.</summary>
    public const int MaxEndPoint = 64;

    /// <summary>
    /// Seconds from a signature of ours to the last resumption that hangs on it. Each resumption gives the next ticket, without end;
    /// §4.6.1: "It is RECOMMENDED that implementations place limits on the total lifetime of such keying material". Else a client
    /// that never stays away for long would never see that a certificate was replaced. The longest ticket-lifetime there is.
    /// </summary>
    public const int MaxAge = 24 * 60 * 60;

    private const int NonceLength = 12;
    private const int TagLength = TrafficKey.TagLength;
    private const int PolicyLength = 32;
    private const int BornPlace = sizeof(ushort) + sizeof(long);
    private const int PolicyPlace = BornPlace + sizeof(long);
    private const int FixedLength = PolicyPlace + PolicyLength;
    private const int MaxPlain = FixedLength + Hmac.MaxDigest + MaxEndPoint;

    private static readonly nint s_cipher = RecordSuite.Of(RecordSuite.Aes256)?.Cipher ?? 0;

    /// <summary>The ticket's length; 0 when OpenSSL refuses.</summary>
    /// <param name="keys">The slice's.</param>
    /// <param name="suite">Whose hash the key has.</param>
    /// <param name="policy">32 bytes, <see cref="TlsServerSettings.SessionPolicy"/>.</param>
    /// <param name="key">To be shared before the next handshake.</param>
    /// <param name="endPoint">The hash of the certificate that was shown, empty where there is none.</param>
    /// <param name="born">When the client was last shown a signature, in seconds of the Unix epoch.</param>
    /// <param name="now">The same of this moment.</param>
    /// <param name="ticket">Has room for <see cref="MaxLength"/>.</param>
    public static int Seal(TicketKeySet keys, ushort suite, ReadOnlySpan<byte> policy, ReadOnlySpan<byte> key, ReadOnlySpan<byte> endPoint, long born, long now, Span<byte> ticket)
    {
        // Wiped since the ClientHello, by a clock that leapt: zeros are no key.
        if (keys.IsWiped)
            return 0;

        Span<byte> plain = stackalloc byte[MaxPlain];
        plain = plain[..(FixedLength + key.Length + endPoint.Length)];
        BinaryPrimitives.WriteUInt16BigEndian(plain, suite);
        BinaryPrimitives.WriteInt64BigEndian(plain[2..], now);
        BinaryPrimitives.WriteInt64BigEndian(plain[BornPlace..], born);
        policy.CopyTo(plain[PolicyPlace..]);
        key.CopyTo(plain[FixedLength..]);
        endPoint.CopyTo(plain[(FixedLength + key.Length)..]);

        WriteName(keys.Name, ticket);
        Span<byte> nonce = ticket.Slice(TicketKeySet.NameLength, NonceLength);
        Span<byte> sealedBytes = ticket[(TicketKeySet.NameLength + NonceLength)..];
        bool ok = RandomNumber.TryFill(nonce) && Run(keys, nonce, plain, sealedBytes, seals: true);
        CryptographicOperations.ZeroMemory(plain);
        return ok ? TicketKeySet.NameLength + NonceLength + plain.Length + TagLength : 0;
    }

    /// <summary>False for a ticket that is not ours, too old, of another policy or another hash.</summary>
    /// <param name="held">The route's keys.</param>
    /// <param name="ticket">What the client shows.</param>
    /// <param name="hash">Of the suite that was chosen: §4.2.11, the key goes with no other.</param>
    /// <param name="settings">The gate's.</param>
    /// <param name="now">Seconds of the Unix epoch.</param>
    /// <param name="key">As long as the hash.</param>
    /// <param name="born">When the client was last shown a signature.</param>
    /// <param name="endPoint">The hash of the certificate that was shown.</param>
    public static bool TryOpen(
        TicketKeys held, ReadOnlySpan<byte> ticket, ScheduleHash hash, TlsServerSettings settings, long now, Span<byte> key, out long born, out byte[] endPoint)
    {
        born = now;
        endPoint = [];
        int length = ticket.Length - TicketKeySet.NameLength - NonceLength - TagLength;
        if (length < FixedLength + key.Length || length > FixedLength + key.Length + MaxEndPoint)
            return false;

        Span<byte> name = stackalloc byte[TicketKeySet.NameLength];
        WriteName(ticket[..TicketKeySet.NameLength], name);
        if (held.ToOpen(name, now) is not { } keys)
            return false;

        Span<byte> plain = stackalloc byte[MaxPlain];
        plain = plain[..length];
        ReadOnlySpan<byte> rest = ticket[TicketKeySet.NameLength..];
        bool ok = Run(keys, rest[..NonceLength], rest[NonceLength..], plain, seals: false) && IsGood(plain, hash, settings, now);
        if (ok)
        {
            plain.Slice(FixedLength, key.Length).CopyTo(key);
            born = BinaryPrimitives.ReadInt64BigEndian(plain[BornPlace..]);
            endPoint = plain[(FixedLength + key.Length)..].ToArray();
        }

        CryptographicOperations.ZeroMemory(plain);
        return ok;
    }

    private static bool IsGood(ReadOnlySpan<byte> plain, ScheduleHash hash, TlsServerSettings settings, long now)
    {
        long age = now - BinaryPrimitives.ReadInt64BigEndian(plain[2..]);

        // Sealed a moment in the future: on a machine whose clock is ahead.
        return RecordSuite.Of(BinaryPrimitives.ReadUInt16BigEndian(plain))?.Hash == hash
            && age >= -TicketSlices.OverlapSeconds && age <= settings.TicketLifetime
            && now - BinaryPrimitives.ReadInt64BigEndian(plain[BornPlace..]) <= MaxAge
            && plain.Slice(PolicyPlace, PolicyLength).SequenceEqual(settings.SessionPolicy);
    }

    /// <summary>The same both ways: all bits of the first byte turned.</summary>
    private static void WriteName(ReadOnlySpan<byte> name, Span<byte> other)
    {
        name.CopyTo(other);
        other[0] ^= 0xff;
    }

    /// <summary>The tag stands behind what is sealed.</summary>
    private static bool Run(TicketKeySet keys, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> input, Span<byte> output, bool seals)
    {
        Span<byte> key = stackalloc byte[32];
        bool ok = Hkdf.TryExpandLabel(ScheduleHash.Sha256, keys.Cipher, "postern "u8, "session ticket"u8, [], key);
        int length = seals ? input.Length : input.Length - TagLength;
        nint context = NativeLibCrypto.EVP_CIPHER_CTX_new();
        int n = 0;
        fixed (byte* k = key)
        fixed (byte* iv = nonce)
        fixed (byte* i = input)
        fixed (byte* o = output)
        {
            ok = ok && context != 0 && NativeLibCrypto.EVP_CipherInit_ex(context, s_cipher, 0, k, iv, seals ? 1 : 0) == 1
                && NativeLibCrypto.EVP_CipherUpdate(context, o, &n, i, length) == 1
                && (seals || NativeLibCrypto.EVP_CIPHER_CTX_ctrl(context, TrafficKey.ControlSetTag, TagLength, i + length) == 1)
                && NativeLibCrypto.EVP_CipherFinal_ex(context, o + length, &n) == 1
                && (!seals || NativeLibCrypto.EVP_CIPHER_CTX_ctrl(context, TrafficKey.ControlGetTag, TagLength, o + length) == 1);
        }

        NativeLibCrypto.EVP_CIPHER_CTX_free(context);
        NativeLibCrypto.ERR_clear_error();
        CryptographicOperations.ZeroMemory(key);
        return ok;
    }
}
