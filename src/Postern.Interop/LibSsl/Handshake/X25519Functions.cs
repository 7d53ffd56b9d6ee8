using System.Runtime.InteropServices;
using Postern.Interop.LibSsl.Keys;

namespace Postern.Interop.LibSsl.Handshake;

/// <summary>
/// X25519 as OpenSSL's default provider has it, called without EVP between. EVP_PKEY makes an object of every share, looks up how
/// it is handled and compares its name with all names that it knows, which takes a third of the time of the arithmetic
/// (docs/adr/0021-handshake.md).
/// </summary>
/// <remarks>OSSL_PROVIDER_query_operation(3), provider-keymgmt(7), provider-keyexch(7).</remarks>
internal sealed unsafe partial class X25519Functions
{
    private const int KeyManagement = 10;
    private const int KeyExchange = 11;

    /// <summary>OSSL_KEYMGMT_SELECT_PRIVATE_KEY and …_PUBLIC_KEY of openssl/core_dispatch.h.</summary>
    private const int BothKeys = 3;
    private const int PublicKey = 2;

    private static readonly byte* s_private = NativeKeys.Text("priv");
    private static readonly byte* s_public = NativeKeys.Text("pub");

    private readonly nint _provider;
    private readonly delegate* unmanaged<nint, nint> _newKey;
    private readonly delegate* unmanaged<nint, void> _freeKey;
    private readonly delegate* unmanaged<nint, int, OsslParameter*, int> _import;
    private readonly delegate* unmanaged<nint, nint> _newExchange;
    private readonly delegate* unmanaged<nint, void> _freeExchange;
    private readonly delegate* unmanaged<nint, nint, OsslParameter*, int> _begin;
    private readonly delegate* unmanaged<nint, nint, int> _setPeer;
    private readonly delegate* unmanaged<nint, byte*, nuint*, nuint, int> _derive;

    private X25519Functions(nint provider, OsslDispatch* keys, OsslDispatch* exchanges)
    {
        // Numbers of openssl/core_dispatch.h, OSSL_FUNC_KEYMGMT_… and OSSL_FUNC_KEYEXCH_….
        _provider = OSSL_PROVIDER_get0_provider_ctx(provider);
        _newKey = (delegate* unmanaged<nint, nint>)Of(keys, 1);
        _freeKey = (delegate* unmanaged<nint, void>)Of(keys, 10);
        _import = (delegate* unmanaged<nint, int, OsslParameter*, int>)Of(keys, 40);
        _newExchange = (delegate* unmanaged<nint, nint>)Of(exchanges, 1);
        _begin = (delegate* unmanaged<nint, nint, OsslParameter*, int>)Of(exchanges, 2);
        _derive = (delegate* unmanaged<nint, byte*, nuint*, nuint, int>)Of(exchanges, 3);
        _setPeer = (delegate* unmanaged<nint, nint, int>)Of(exchanges, 4);
        _freeExchange = (delegate* unmanaged<nint, void>)Of(exchanges, 5);
    }

    /// <summary>Null where this OpenSSL's default provider has no X25519, or not in this way.</summary>
    public static X25519Functions? Instance { get; } = Find();

    private bool IsWhole =>
        _newKey != null && _freeKey != null && _import != null && _newExchange != null && _freeExchange != null
        && _begin != null && _setPeer != null && _derive != null;

    /// <summary>X25519(scalar, point) of RFC 7748 §5. False for a point that gives zero with every scalar.</summary>
    /// <param name="scalar">32 bytes; OpenSSL sets the bits that §5 wants set.</param>
    /// <param name="point">32 bytes, any.</param>
    /// <param name="product">32 bytes.</param>
    public bool TryMultiply(ReadOnlySpan<byte> scalar, ReadOnlySpan<byte> point, Span<byte> product)
    {
        nint ours = _newKey(_provider), theirs = _newKey(_provider), exchange = _newExchange(_provider);
        nuint length = X25519.Length;
        bool ok;
        fixed (byte* s = scalar[..X25519.Length])
        fixed (byte* p = point[..X25519.Length])
        fixed (byte* z = product[..X25519.Length])
        {
            // With a public key that nobody looks at: without one, it would be computed here.
            OsslParameter* parameters = stackalloc OsslParameter[3];
            parameters[0] = new OsslParameter { Key = s_public, Type = OsslParameter.OctetString, Data = p, Size = X25519.Length };
            parameters[1] = new OsslParameter { Key = s_private, Type = OsslParameter.OctetString, Data = s, Size = X25519.Length };
            parameters[2] = default;
            ok = ours != 0 && theirs != 0 && exchange != 0 && _import(ours, BothKeys, parameters) == 1;
            parameters[1] = default;
            ok = ok && _import(theirs, PublicKey, parameters) == 1
                && _begin(exchange, ours, null) == 1
                && _setPeer(exchange, theirs) == 1
                && _derive(exchange, z, &length, X25519.Length) == 1;
        }

        // What is freed is wiped: ossl_ecx_key_free.
        if (exchange != 0)
            _freeExchange(exchange);
        if (theirs != 0)
            _freeKey(theirs);
        if (ours != 0)
            _freeKey(ours);
        if (!ok)
            NativeLibCrypto.ERR_clear_error();
        return ok;
    }

    private static X25519Functions? Find()
    {
        nint provider = NativeKeys.OSSL_PROVIDER_load(0, NativeKeys.Text("default"));
        OsslDispatch* keys = Implementation(provider, KeyManagement), exchanges = Implementation(provider, KeyExchange);
        if (keys == null || exchanges == null)
            return null;

        var functions = new X25519Functions(provider, keys, exchanges);
        return functions.IsWhole ? functions : null;
    }

    private static OsslDispatch* Implementation(nint provider, int operation)
    {
        int noStore = 0;
        OsslAlgorithm* algorithm = provider == 0 ? null : OSSL_PROVIDER_query_operation(provider, operation, &noStore);
        while (algorithm != null && algorithm->Names != null)
        {
            if (MemoryMarshal.CreateReadOnlySpanFromNullTerminated(algorithm->Names).StartsWith("X25519:"u8))
                return algorithm->Implementation;
            algorithm++;
        }

        return null;
    }

    private static void* Of(OsslDispatch* table, int function)
    {
        while (table->Function != 0 && table->Function != function)
            table++;
        return (void*)table->Address;
    }

    /// <summary>The provider's own, for as long as it is loaded, which is for ever.</summary>
    [LibraryImport("libcrypto.so.3")]
    private static partial OsslAlgorithm* OSSL_PROVIDER_query_operation(nint provider, int operation, int* noStore);

    [LibraryImport("libcrypto.so.3")]
    private static partial nint OSSL_PROVIDER_get0_provider_ctx(nint provider);
}
