namespace Postern.Interop.Pkcs11;

/// <summary>An ECDSA signature as tokens give it (r and s, each as long as the curve's order) and as TLS wants it (DER).</summary>
public static class EcdsaSignature
{
    /// <summary>P-521: two numbers of 66 bytes, each perhaps with a zero before it, and the heads.</summary>
    public const int MaxSize = 3 + (2 * (2 + 1 + MaxNumber));

    private const int MaxNumber = 66;
    private const byte Sequence = 0x30;
    private const byte Integer = 0x02;

    /// <summary>SEQUENCE { r INTEGER, s INTEGER } (RFC 3279 §2.2.3). Its length; 0 when these are no two numbers, or there is no room.</summary>
    public static int ToDer(ReadOnlySpan<byte> numbers, Span<byte> der)
    {
        int size = numbers.Length / 2;
        if (size == 0 || size > MaxNumber || numbers.Length % 2 != 0)
            return 0;

        Span<byte> body = stackalloc byte[MaxSize];
        int length = Write(numbers[..size], body);
        length += Write(numbers[size..], body[length..]);

        // X.690 §8.1.3: a length of 128 and more needs a byte that says how many bytes it has.
        int head = length < 128 ? 2 : 3;
        if (der.Length < head + length)
            return 0;

        der[0] = Sequence;
        if (head == 3)
            der[1] = 0x81;
        der[head - 1] = (byte)length;
        body[..length].CopyTo(der[head..]);
        return head + length;
    }

    /// <summary>The shortest form (X.690 §8.3.2), positive: a first bit that is set gets a zero before it.</summary>
    private static int Write(ReadOnlySpan<byte> number, Span<byte> to)
    {
        int zeros = number.IndexOfAnyExcept((byte)0);
        number = zeros < 0 ? number[^1..] : number[zeros..];
        int pad = number[0] >> 7;
        to[0] = Integer;
        to[1] = (byte)(pad + number.Length);
        to[2] = 0;
        number.CopyTo(to[(2 + pad)..]);
        return 2 + pad + number.Length;
    }
}
