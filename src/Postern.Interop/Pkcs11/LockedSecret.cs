using System.Runtime.InteropServices;

namespace Postern.Interop.Pkcs11;

/// <summary>
/// A few secret bytes (a PIN) outside of the collector's reach, which moves what it holds and leaves copies behind: in
/// OpenSSL's locked memory where there is some (SigningKey.LockMemory), wiped at the end.
/// </summary>
public sealed unsafe partial class LockedSecret : IDisposable
{
    private byte* _bytes;
    private readonly int _length;

    /// <summary>Takes the bytes over: those given are wiped.</summary>
    public LockedSecret(Span<byte> bytes)
    {
        _length = bytes.Length;
        _bytes = (byte*)CRYPTO_secure_malloc((nuint)Math.Max(bytes.Length, 1), null, 0);
        bytes.CopyTo(new Span<byte>(_bytes, _length));
        bytes.Clear();
    }

    public ReadOnlySpan<byte> Bytes => new(_bytes, _length);

    public void Dispose()
    {
        CRYPTO_secure_clear_free(_bytes, (nuint)Math.Max(_length, 1), null, 0);
        _bytes = null;
    }

    [LibraryImport("libcrypto.so.3")]
    private static partial void* CRYPTO_secure_malloc(nuint size, byte* file, int line);

    [LibraryImport("libcrypto.so.3")]
    private static partial void CRYPTO_secure_clear_free(void* memory, nuint size, byte* file, int line);
}
