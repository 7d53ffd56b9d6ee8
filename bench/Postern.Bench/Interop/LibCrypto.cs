using System.Runtime.InteropServices;

namespace Postern.Bench.Interop;

/// <summary>A signature by itself, to compare with.</summary>
internal static unsafe partial class LibCrypto
{
    private const string Library = "libcrypto.so.3";
    private const int MaxSignature = 512;

    [LibraryImport(Library)]
    private static partial nint EVP_PKEY_CTX_new_from_pkey(nint library, nint key, byte* properties);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_sign_init(nint context);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_sign(nint context, byte* signature, nuint* signatureLength, byte* hash, nuint length);

    [LibraryImport(Library)]
    private static partial void EVP_PKEY_CTX_free(nint context);

    /// <summary>Processor time of one signature, the mean of many.</summary>
    internal static double SigningNanoseconds(nint key, ReadOnlySpan<byte> hash, int times)
    {
        var context = EVP_PKEY_CTX_new_from_pkey(0, key, null);
        var signature = stackalloc byte[MaxSignature];
        var ok = EVP_PKEY_sign_init(context) == 1;
        var before = LibC.ThreadNanoseconds();
        fixed (byte* h = hash)
        {
            for (var i = 0; i < times; i++)
            {
                nuint length = MaxSignature;
                ok = ok && EVP_PKEY_sign(context, signature, &length, h, (nuint)hash.Length) == 1;
            }
        }

        var spent = LibC.ThreadNanoseconds() - before;
        EVP_PKEY_CTX_free(context);
        return ok ? (double)spent / times : throw new IOException("OpenSSL does not sign");
    }
}
