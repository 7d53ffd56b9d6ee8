using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Postern.Interop.LibC;

namespace Postern.Interop.LibSsl;

/// <summary>
/// OpenSSL's random numbers. It asks the kernel for the process's number at each call, to notice a fork; so a thread draws some
/// hundred bytes at a time, into memory that the kernel empties in a child (MADV_WIPEONFORK). No byte is given out twice.
/// </summary>
public static unsafe class RandomNumber
{
    [ThreadStatic]
    private static Pool* s_pool;

    /// <summary>Bytes that nobody can guess, and that may be seen afterwards: numbers used once, names.</summary>
    public static void Fill(Span<byte> bytes)
    {
        if (!TryFill(bytes))
            throw new InvalidOperationException("OpenSSL has no random numbers: " + OpenSslError.Take());
    }

    /// <summary>Eight bytes that nobody can guess.</summary>
    public static ulong Draw()
    {
        ulong number;
        Fill(new Span<byte>(&number, sizeof(ulong)));
        return number;
    }

    /// <summary>As <see cref="Fill"/>; false when OpenSSL has none.</summary>
    public static bool TryFill(Span<byte> bytes)
    {
        Pool* pool = bytes.Length <= Pool.Size / 4 ? ThreadPool() : null;
        if (pool == null)
        {
            fixed (byte* p = bytes)
                return NativeLibCrypto.RAND_bytes(p, bytes.Length) == 1;
        }

        // Zero, and so empty, at first and in a child.
        if (pool->Left < bytes.Length)
        {
            if (NativeLibCrypto.RAND_bytes(pool->Bytes, Pool.Size) != 1)
                return false;
            pool->Left = Pool.Size;
        }

        pool->Left -= bytes.Length;
        var given = new Span<byte>(pool->Bytes + pool->Left, bytes.Length);
        given.CopyTo(bytes);
        CryptographicOperations.ZeroMemory(given);
        return true;
    }

    /// <summary>
    /// Bytes for a key, which lie nowhere else: OpenSSL draws them by a generator of their own (RAND_priv_bytes(3)). False when it
    /// has none.
    /// </summary>
    public static bool TryFillSecret(Span<byte> bytes)
    {
        fixed (byte* p = bytes)
            return NativeLibCrypto.RAND_priv_bytes(p, bytes.Length) == 1;
    }

    private static Pool* ThreadPool()
    {
        if (s_pool == null)
            s_pool = (Pool*)PrivateMemory.WipedOnFork(sizeof(Pool));
        return s_pool;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Pool
    {
        public const int Size = 1024;

        public int Left;
        public fixed byte Bytes[Size];
    }
}
