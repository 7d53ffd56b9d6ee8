using System.Numerics;
using Postern.Interop.LibC;
using Postern.Interop.LibSsl.Certificates;

namespace Postern.Interop.LibSsl.Keys;

/// <summary>
/// OpenSSL's secure heap: memory for private numbers that is locked, left out of dumps, fenced by guard pages and wiped
/// when it is given back. When it ends OpenSSL takes no other memory: a key is then not read, and, worse, one that was
/// read does not sign. Hence its size goes by the keys.
/// </summary>
/// <remarks>CRYPTO_secure_malloc_init(3): blocks of a power of two in an arena of a power of two.</remarks>
public static class SecureHeap
{
    private const int SmallestBlock = 32;

    /// <summary>An ECDSA signature has a secret number of up to 128 bytes, an RSA signature what its key lacked until then: room for two hundred at a time.</summary>
    private const int RoomToSign = 128 * 1024;

    /// <summary>What the arena needs beside itself: its guard pages, and what the runtime may have locked.</summary>
    private const int Beside = 64 * 1024;

    /// <summary>0 until there is one.</summary>
    public static long Size { get; private set; }

    public static long Used => (long)NativeKeys.CRYPTO_secure_used();

    /// <summary>Enough is left to sign.</summary>
    public static bool HasRoom => Size == 0 || Size - Used >= RoomToSign;

    /// <summary>The size for these keys.</summary>
    public static long SizeFor(IEnumerable<(KeyKind Kind, int Bits)> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        long bytes = RoomToSign + keys.Sum(key => BytesOf(key.Kind, key.Bits));
        return (long)BitOperations.RoundUpToPowerOf2((ulong)bytes);
    }

    /// <summary>What the private numbers of one key take, in whole blocks.</summary>
    public static long BytesOf(KeyKind kind, int bits)
    {
        int bytes = (bits + 7) / 8;

        // RFC 8017, appendix A.1.2: d is as long as the modulus; p, q and the three numbers of the CRT are half of it.
        return kind == KeyKind.Rsa ? Block(bytes) + (5 * Block((bytes + 1) / 2)) : Block(bytes);
    }

    /// <summary>
    /// Takes this much, before the first key is read, and raises the limit of locked memory for it where that is allowed
    /// (root). False when it could not be locked: all the rest holds then, but its pages may be swapped out.
    /// </summary>
    public static bool Take(long size)
    {
        Privilege.RaiseLockLimit(size + Beside);
        int result = NativeKeys.CRYPTO_secure_malloc_init((nuint)size, SmallestBlock);

        // 0: there is none, and OpenSSL takes ordinary memory. 2: there is, and something (the lock) is missing.
        Size = result == 0 ? 0 : size;
        return result == 1;
    }

    private static long Block(int bytes) => Math.Max(SmallestBlock, BitOperations.RoundUpToPowerOf2((uint)bytes));
}
