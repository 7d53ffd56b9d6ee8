using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Postern.Interop.LibSsl.KeySchedule;

namespace Postern.Interop.LibSsl.Records;

/// <summary>
/// One direction's keys: from its traffic secret (RFC 8446 §7.3) to sealed or opened records (§5.2), with the number of the next
/// one (§5.3). The secrets are outside the collector's reach, which would leave copies where it moves things, and are wiped.
/// </summary>
internal sealed unsafe class TrafficKey : IDisposable
{
    public const int HeaderLength = 5;
    public const int TagLength = 16;

    /// <summary>What a record is longer than the bytes in it: header, content type, tag.</summary>
    public const int Overhead = HeaderLength + 1 + TagLength;

    private const int IvLength = 12;
    private const int MaxKey = 32;

    /// <summary>EVP_CTRL_AEAD_GET_TAG and EVP_CTRL_AEAD_SET_TAG of openssl/evp.h.</summary>
    public const int ControlGetTag = 16;
    public const int ControlSetTag = 17;

    private readonly ScheduleHash _hash;
    private State* _state;
    private RecordSuite? _suite;
    private bool _seals;

    /// <summary>Keeps the secret; <see cref="Begin"/> makes keys of it when the suite is known.</summary>
    public TrafficKey(ScheduleHash hash, ReadOnlySpan<byte> secret)
    {
        _hash = hash;
        _state = (State*)NativeMemory.AllocZeroed((nuint)sizeof(State));
        secret[..Hmac.DigestLength(hash)].CopyTo(Secret);
    }

    /// <summary>The number of the next record, which is how many these keys have protected.</summary>
    public ulong Sequence => _state->Sequence;

    private Span<byte> Secret => new(_state->Secret, Hmac.DigestLength(_hash));

    /// <summary>False when the secret is another suite's, or OpenSSL refuses.</summary>
    /// <param name="suite">What was agreed on.</param>
    /// <param name="seals">These keys are for what we say.</param>
    /// <param name="sequence">How many records were protected by them already.</param>
    public bool Begin(RecordSuite suite, bool seals, ulong sequence)
    {
        if (suite.Hash != _hash)
            return false;
        _suite = suite;
        _seals = seals;
        _state->Context = NativeLibCrypto.EVP_CIPHER_CTX_new();
        bool ok = _state->Context != 0 && NativeLibCrypto.EVP_CipherInit_ex(_state->Context, suite.Cipher, 0, null, null, seals ? 1 : 0) == 1;
        ok = ok && TakeKeys();
        _state->Sequence = sequence;
        return ok;
    }

    /// <summary>The next generation of keys: RFC 8446 §7.2, "traffic upd". Their records are numbered from 0 again (§5.3).</summary>
    public bool Update()
    {
        Span<byte> next = stackalloc byte[Hmac.MaxDigest];
        next = next[..Secret.Length];
        bool ok = Hkdf.TryExpandLabel(_hash, Secret, "tls13 "u8, "traffic upd"u8, [], next);
        next.CopyTo(Secret);
        CryptographicOperations.ZeroMemory(next);
        _state->Sequence = 0;
        return ok && TakeKeys();
    }

    /// <summary>Writes one record, without padding. Its length; 0 when OpenSSL fails, and then nothing may be sent any more.</summary>
    /// <param name="type">What it holds.</param>
    /// <param name="content">At most 2^14 bytes.</param>
    /// <param name="record">Has room for the content and <see cref="Overhead"/>.</param>
    public int Seal(ContentType type, ReadOnlySpan<byte> content, Span<byte> record)
    {
        Debug.Assert(_seals && record.Length >= content.Length + Overhead);
        int body = content.Length + 1 + TagLength;
        nint context = _state->Context;
        byte* nonce = stackalloc byte[IvLength];
        byte last = (byte)type;
        int n = 0;
        Nonce(nonce);
        fixed (byte* c = content)
        fixed (byte* r = record)
        {
            // RFC 8446 §5.2: what a middlebox of TLS 1.2's time expects to see.
            r[0] = (byte)ContentType.ApplicationData;
            r[1] = r[2] = 3;
            BinaryPrimitives.WriteUInt16BigEndian(record[3..], (ushort)body);
            byte* sealing = r + HeaderLength;
            bool ok = NativeLibCrypto.EVP_CipherInit_ex(context, 0, 0, null, nonce, 1) == 1
                && NativeLibCrypto.EVP_CipherUpdate(context, null, &n, r, HeaderLength) == 1
                && (content.IsEmpty || NativeLibCrypto.EVP_CipherUpdate(context, sealing, &n, c, content.Length) == 1)
                && NativeLibCrypto.EVP_CipherUpdate(context, sealing + content.Length, &n, &last, 1) == 1
                && NativeLibCrypto.EVP_CipherFinal_ex(context, sealing + content.Length + 1, &n) == 1
                && NativeLibCrypto.EVP_CIPHER_CTX_ctrl(context, ControlGetTag, TagLength, sealing + content.Length + 1) == 1;
            return ok ? HeaderLength + body : 0;
        }
    }

    /// <summary>
    /// Opens one record: content, content type and padding come out. Their length; −1 when it is not what the peer sealed, and
    /// then nothing of <paramref name="inner"/> may be looked at.
    /// </summary>
    /// <param name="record">Header and body, whole.</param>
    /// <param name="inner">Has room for the body without its tag.</param>
    public int Open(ReadOnlySpan<byte> record, Span<byte> inner)
    {
        int length = record.Length - HeaderLength - TagLength;
        Debug.Assert(!_seals && length > 0 && inner.Length >= length);
        nint context = _state->Context;
        byte* nonce = stackalloc byte[IvLength];
        int n = 0;
        Nonce(nonce);
        fixed (byte* r = record)
        fixed (byte* i = inner)
        {
            bool ok = NativeLibCrypto.EVP_CipherInit_ex(context, 0, 0, null, nonce, 0) == 1
                && NativeLibCrypto.EVP_CipherUpdate(context, null, &n, r, HeaderLength) == 1
                && NativeLibCrypto.EVP_CipherUpdate(context, i, &n, r + HeaderLength, length) == 1
                && NativeLibCrypto.EVP_CIPHER_CTX_ctrl(context, ControlSetTag, TagLength, r + HeaderLength + length) == 1
                && NativeLibCrypto.EVP_CipherFinal_ex(context, i + length, &n) == 1;
            if (ok)
                return length;
        }

        CryptographicOperations.ZeroMemory(inner[..length]);
        NativeLibCrypto.ERR_clear_error();
        return -1;
    }

    public void Dispose()
    {
        if (_state == null)
            return;
        NativeLibCrypto.EVP_CIPHER_CTX_free(_state->Context);
        CryptographicOperations.ZeroMemory(new Span<byte>(_state, sizeof(State)));
        NativeMemory.Free(_state);
        _state = null;
    }

    /// <summary>RFC 8446 §5.3: the number of the record, to the left of it zeros, XORed with the IV. No number comes twice.</summary>
    private void Nonce(byte* nonce)
    {
        new ReadOnlySpan<byte>(_state->Iv, IvLength).CopyTo(new Span<byte>(nonce, IvLength));
        var low = new Span<byte>(nonce + IvLength - sizeof(ulong), sizeof(ulong));
        BinaryPrimitives.WriteUInt64BigEndian(low, BinaryPrimitives.ReadUInt64BigEndian(low) ^ _state->Sequence++);
    }

    private bool TakeKeys()
    {
        Span<byte> key = stackalloc byte[MaxKey];
        key = key[.._suite!.KeyLength];
        var secret = new HmacKey(_hash, Secret);
        bool ok = Hkdf.TryExpandLabel(_hash, secret, "tls13 "u8, "key"u8, [], key)
            && Hkdf.TryExpandLabel(_hash, secret, "tls13 "u8, "iv"u8, [], new Span<byte>(_state->Iv, IvLength));
        secret.Dispose();
        fixed (byte* k = key)
            ok = ok && NativeLibCrypto.EVP_CipherInit_ex(_state->Context, 0, 0, k, null, _seals ? 1 : 0) == 1;
        CryptographicOperations.ZeroMemory(key);
        return ok;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct State
    {
        public fixed byte Secret[Hmac.MaxDigest];
        public fixed byte Iv[IvLength];
        public ulong Sequence;
        public nint Context;
    }
}
