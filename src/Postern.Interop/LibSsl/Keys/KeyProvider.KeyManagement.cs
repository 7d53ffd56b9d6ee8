using System.Runtime.InteropServices;
using Postern.Interop.LibSsl.Certificates;

namespace Postern.Interop.LibSsl.Keys;

/// <summary>KEYMGMT: a key is a number and the public key of its certificate.</summary>
public static unsafe partial class KeyProvider
{
    private const int SelectPrivate = 1;
    private const int SelectPublicKey = 0x86;
    private const int SelectKeyPair = 0x87;
    private const int NoNumber = -1;

    private static readonly OsslParameter* s_importable = Parameters(OsslParameter.OctetString, "postern-key");
    private static readonly OsslParameter* s_gettable = Parameters(OsslParameter.UnsignedInteger, "bits", "security-bits", "max-size");
    private static readonly byte* s_ecdsa = NativeKeys.Text("ECDSA");
    private static readonly byte* s_rsa = NativeKeys.Text("RSA");
    private static readonly byte* s_ec = NativeKeys.Text("EC");
    private static readonly byte* s_ed25519 = NativeKeys.Text("ED25519");
    private static readonly byte* s_privateEc = NativeKeys.Text("priv");
    private static readonly byte* s_privateRsa = NativeKeys.Text("d");
    private static readonly byte* s_default = NativeKeys.Text("provider=default");

    [StructLayout(LayoutKind.Sequential)]
    private struct KeyData
    {
        public int Number;
        public KeyKind Kind;
        public nint Public;
    }

    /// <summary>
    /// The EVP_PKEY for the private key that belongs to this certificate and that the agent knows by this number; to be
    /// freed. 0 when OpenSSL refuses.
    /// </summary>
    internal static nint NewKey(nint certificate, int number)
    {
        nint publicKey = NativeKeys.X509_get_pubkey(certificate);
        if (publicKey == 0)
            return 0;

        var data = new KeyData { Number = number, Kind = KeyReader.Describe(publicKey).Kind, Public = publicKey };
        OsslParameter* parameters = stackalloc OsslParameter[2];
        parameters[0] = s_importable[0] with { Data = &data, Size = (nuint)sizeof(KeyData) };
        parameters[1] = default;
        nint key = data.Kind == KeyKind.Other ? 0 : FromData(NameOf(data.Kind), s_own, SelectKeyPair, parameters);
        NativeLibCrypto.EVP_PKEY_free(publicKey);
        return key;
    }

    private static byte* NameOf(KeyKind kind) => kind switch
    {
        KeyKind.Ec => s_ec,
        KeyKind.Rsa => s_rsa,
        _ => s_ed25519,
    };

    private static nint FromData(byte* name, byte* properties, int selection, OsslParameter* parameters)
    {
        nint key = 0;
        nint context = NativeKeys.EVP_PKEY_CTX_new_from_name(0, name, properties);
        if (context == 0)
            return 0;

        if (NativeKeys.EVP_PKEY_fromdata_init(context) != 1 || NativeKeys.EVP_PKEY_fromdata(context, &key, selection, parameters) != 1)
            key = 0;
        NativeKeys.EVP_PKEY_CTX_free(context);
        return key;
    }

    // Numbers of openssl/core_dispatch.h, OSSL_FUNC_KEYMGMT_…
    private static nint KeyManagement(
        delegate* unmanaged<int, byte*> operationName, delegate* unmanaged<KeyData*, int, OsslParameter*, int> import) => (nint)Table(
            (1, (nint)(delegate* unmanaged<nint, KeyData*>)&New),
            (10, (nint)(delegate* unmanaged<KeyData*, void>)&Free),
            (11, (nint)(delegate* unmanaged<KeyData*, OsslParameter*, int>)&Get),
            (12, (nint)(delegate* unmanaged<nint, OsslParameter*>)&Gettable),
            (20, (nint)operationName),
            (21, (nint)(delegate* unmanaged<KeyData*, int, int>)&Has),
            (23, (nint)(delegate* unmanaged<KeyData*, KeyData*, int, int>)&Match),
            (40, (nint)import),
            (41, (nint)(delegate* unmanaged<int, OsslParameter*>)&ImportTypes),
            (42, (nint)(delegate* unmanaged<KeyData*, int, nint, nint, int>)&Export),
            (43, (nint)(delegate* unmanaged<int, OsslParameter*>)&ImportTypes));

    [UnmanagedCallersOnly]
    private static KeyData* New(nint context)
    {
        var data = (KeyData*)NativeMemory.AllocZeroed((nuint)sizeof(KeyData));
        data->Number = NoNumber;
        return data;
    }

    [UnmanagedCallersOnly]
    private static void Free(KeyData* data)
    {
        if (data == null)
            return;

        NativeLibCrypto.EVP_PKEY_free(data->Public);
        NativeMemory.Free(data);
    }

    [UnmanagedCallersOnly]
    private static int Has(KeyData* data, int selection) =>
        data == null || data->Public == 0 || ((selection & SelectPrivate) != 0 && data->Number == NoNumber) ? 0 : 1;

    [UnmanagedCallersOnly]
    private static int Match(KeyData* first, KeyData* second, int selection) =>
        first->Public != 0 && second->Public != 0 && NativeKeys.EVP_PKEY_eq(first->Public, second->Public) == 1 ? 1 : 0;

    /// <summary>
    /// One of ours, from <see cref="NewKey"/>; or a public key of the default provider, which OpenSSL brings here to be
    /// compared with one of ours (SSL_CTX_use_PrivateKey asks whether key and certificate belong together).
    /// </summary>
    private static int Import(KeyData* data, int selection, OsslParameter* parameters, KeyKind kind)
    {
        OsslParameter* ours = Find(parameters, s_importable->Key);
        if (ours != null)
        {
            var given = (KeyData*)ours->Data;
            if (ours->Size != (nuint)sizeof(KeyData) || NativeKeys.EVP_PKEY_up_ref(given->Public) != 1)
                return 0;
            *data = *given;
            return 1;
        }

        // A private key in this process is what the provider is there to prevent.
        if ((selection & SelectPrivate) != 0 && (Find(parameters, s_privateEc) != null || Find(parameters, s_privateRsa) != null))
            return 0;
        data->Kind = kind;
        data->Public = FromData(NameOf(kind), s_default, SelectPublicKey, parameters);
        return data->Public == 0 ? 0 : 1;
    }

    [UnmanagedCallersOnly]
    private static int ImportEc(KeyData* data, int selection, OsslParameter* parameters) => Import(data, selection, parameters, KeyKind.Ec);

    [UnmanagedCallersOnly]
    private static int ImportRsa(KeyData* data, int selection, OsslParameter* parameters) => Import(data, selection, parameters, KeyKind.Rsa);

    [UnmanagedCallersOnly]
    private static int ImportEd25519(KeyData* data, int selection, OsslParameter* parameters) => Import(data, selection, parameters, KeyKind.Ed25519);

    [UnmanagedCallersOnly]
    private static OsslParameter* ImportTypes(int selection) => s_importable;

    /// <summary>
    /// The public key only. To say yes when the private part is asked for would let libssl take the key to the default
    /// provider's signature, which has nothing to sign with.
    /// </summary>
    [UnmanagedCallersOnly]
    private static int Export(KeyData* data, int selection, nint callback, nint argument) =>
        (selection & SelectPrivate) != 0 || data->Public == 0 ? 0 : NativeKeys.EVP_PKEY_export(data->Public, selection, callback, argument);

    [UnmanagedCallersOnly]
    private static int Get(KeyData* data, OsslParameter* parameters) =>
        data->Public == 0 ? 0 : NativeKeys.EVP_PKEY_get_params(data->Public, parameters);

    [UnmanagedCallersOnly]
    private static OsslParameter* Gettable(nint context) => s_gettable;

    [UnmanagedCallersOnly]
    private static byte* OperationNameEc(int operation) => operation == OperationSignature ? s_ecdsa : s_ec;

    [UnmanagedCallersOnly]
    private static byte* OperationNameRsa(int operation) => s_rsa;

    [UnmanagedCallersOnly]
    private static byte* OperationNameEd25519(int operation) => s_ed25519;

    private static OsslParameter* Find(OsslParameter* parameters, byte* name)
    {
        OsslParameter* p = parameters;
        while (p != null && p->Key != null && !Named(p, MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name)))
            p++;
        return p == null || p->Key == null ? null : p;
    }

    private static bool Named(OsslParameter* parameter, ReadOnlySpan<byte> name) =>
        MemoryMarshal.CreateReadOnlySpanFromNullTerminated(parameter->Key).SequenceEqual(name);
}
