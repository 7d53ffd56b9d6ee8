using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Postern.Interop.LibSsl.Certificates;

namespace Postern.Interop.LibSsl.Keys;

/// <summary>SIGNATURE: what libssl sets about a signature becomes a <see cref="SignatureScheme"/>, and the agent is asked.</summary>
public static unsafe partial class KeyProvider
{
    private static readonly OsslParameter* s_settable = Parameters(OsslParameter.Utf8String, "pad-mode", "saltlen", "digest", "mgf1-digest");

    [StructLayout(LayoutKind.Sequential)]
    private struct SignatureData
    {
        public KeyData* Key;

        /// <summary>In bits; 0 for Ed25519, which has none; −1 for one that TLS does not use.</summary>
        public int Digest;
        public int Padding;
        public int Salt;
    }

    // Numbers of openssl/core_dispatch.h, OSSL_FUNC_SIGNATURE_…. get_ctx_params is left out on purpose: without its
    // twin gettable_ctx_params it makes the whole algorithm unusable, and libssl needs neither.
    private static nint Signature() => (nint)Table(
        (1, (nint)(delegate* unmanaged<nint, byte*, SignatureData*>)&NewSignature),
        (8, (nint)(delegate* unmanaged<SignatureData*, byte*, KeyData*, OsslParameter*, int>)&DigestSignInit),
        (11, (nint)(delegate* unmanaged<SignatureData*, byte*, nuint*, nuint, byte*, nuint, int>)&DigestSign),
        (16, (nint)(delegate* unmanaged<SignatureData*, void>)&FreeSignature),
        (20, (nint)(delegate* unmanaged<SignatureData*, OsslParameter*, int>)&Set),
        (21, (nint)(delegate* unmanaged<SignatureData*, nint, OsslParameter*>)&Settable));

    [UnmanagedCallersOnly]
    private static SignatureData* NewSignature(nint context, byte* properties) =>
        (SignatureData*)NativeMemory.AllocZeroed((nuint)sizeof(SignatureData));

    [UnmanagedCallersOnly]
    private static void FreeSignature(SignatureData* data) => NativeMemory.Free(data);

    [UnmanagedCallersOnly]
    private static int DigestSignInit(SignatureData* data, byte* digest, KeyData* key, OsslParameter* parameters)
    {
        if (key != null)
            data->Key = key;
        data->Digest = DigestBits(digest);
        data->Padding = RsaPadding.Pkcs1;
        data->Salt = RsaPadding.SaltAsDigest;
        return data->Key != null && Apply(data, parameters) ? 1 : 0;
    }

    [UnmanagedCallersOnly]
    private static int Set(SignatureData* data, OsslParameter* parameters) => Apply(data, parameters) ? 1 : 0;

    [UnmanagedCallersOnly]
    private static OsslParameter* Settable(SignatureData* data, nint context) => s_settable;

    [UnmanagedCallersOnly]
    private static int DigestSign(
        SignatureData* data, byte* signature, nuint* length, nuint room, byte* message, nuint messageLength)
    {
        int size = NativeKeys.EVP_PKEY_get_size(data->Key->Public);
        if (size <= 0)
            return 0;

        *length = (nuint)size;
        if (signature == null)
            return 1;

        SignatureScheme scheme = SchemeOf(data);
        if (room < (nuint)size || messageLength > int.MaxValue || scheme == SignatureScheme.None || data->Key->Number == NoNumber || s_agent is null)
            return 0;

        int signed = s_agent.Sign(
            data->Key->Number, scheme, new ReadOnlySpan<byte>(message, (int)messageLength), new Span<byte>(signature, size));
        *length = (nuint)Math.Max(signed, 0);
        return signed > 0 ? 1 : 0;
    }

    private static SignatureScheme SchemeOf(SignatureData* data)
    {
        bool pss = data->Key->Kind == KeyKind.Rsa && data->Padding == RsaPadding.Pss;
        bool asTls = pss
            ? data->Salt == RsaPadding.SaltAsDigest || data->Salt * 8 == data->Digest
            : data->Key->Kind != KeyKind.Rsa || data->Padding == RsaPadding.Pkcs1;
        return asTls ? SchemeFacts.Find(data->Key->Kind, data->Digest, pss) : SignatureScheme.None;
    }

    private static int DigestBits(byte* name)
    {
        if (name == null || *name == 0)
            return 0;

        ReadOnlySpan<byte> text = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name);
        if (text.SequenceEqual("SHA256"u8) || text.SequenceEqual("SHA2-256"u8))
            return 256;
        if (text.SequenceEqual("SHA384"u8) || text.SequenceEqual("SHA2-384"u8))
            return 384;
        return text.SequenceEqual("SHA512"u8) || text.SequenceEqual("SHA2-512"u8) ? 512 : -1;
    }

    /// <summary>
    /// Padding and salt come as numbers or as words, as the way through OpenSSL was; a setting that is not understood is
    /// refused, not overlooked.
    /// </summary>
    private static bool Apply(SignatureData* data, OsslParameter* parameters)
    {
        for (OsslParameter* p = parameters; p != null && p->Key != null; p++)
        {
            if (Named(p, "digest"u8) && p->Type == OsslParameter.Utf8String)
                data->Digest = DigestBits((byte*)p->Data);
            else if (Named(p, "mgf1-digest"u8) && p->Type == OsslParameter.Utf8String && DigestBits((byte*)p->Data) == data->Digest)
                continue;
            else if (Named(p, "pad-mode"u8) && IsInt(p))
                data->Padding = Unsafe.ReadUnaligned<int>(p->Data);
            else if (Named(p, "pad-mode"u8) && IsWord(p, "pss"u8))
                data->Padding = RsaPadding.Pss;
            else if (Named(p, "pad-mode"u8) && IsWord(p, "pkcs1"u8))
                data->Padding = RsaPadding.Pkcs1;
            else if (Named(p, "saltlen"u8) && IsInt(p))
                data->Salt = Unsafe.ReadUnaligned<int>(p->Data);
            else if (Named(p, "saltlen"u8) && IsWord(p, "digest"u8))
                data->Salt = RsaPadding.SaltAsDigest;
            else
                return false;
        }

        return true;
    }

    private static bool IsWord(OsslParameter* parameter, ReadOnlySpan<byte> word) =>
        parameter->Type == OsslParameter.Utf8String && new ReadOnlySpan<byte>(parameter->Data, (int)parameter->Size).SequenceEqual(word);

    private static bool IsInt(OsslParameter* parameter) => parameter->Type == OsslParameter.Integer && parameter->Size == sizeof(int);
}
