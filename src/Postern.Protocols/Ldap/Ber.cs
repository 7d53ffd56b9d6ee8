namespace Postern.Protocols.Ldap;

/// <summary>What of BER (X.690) a dialogue before TLS needs: one element after the other, definite lengths, one-byte tags.</summary>
internal ref struct Ber(ReadOnlySpan<byte> bytes)
{
    public const byte Integer = 0x02;
    public const byte OctetString = 0x04;
    public const byte Enumerated = 0x0a;
    public const byte Sequence = 0x30;
    public const byte Set = 0x31;

    /// <summary>Active Directory writes every length with four bytes behind 84.</summary>
    private const int MaxLengthBytes = 4;

    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool IsEmpty => _rest.IsEmpty;

    /// <summary>The tag of what comes next; 0 at the end.</summary>
    public readonly byte NextTag => _rest.IsEmpty ? (byte)0 : _rest[0];

    /// <summary>
    /// The length of tag and length, and that of the content, of the element at the front. False when they are not whole yet
    /// (<paramref name="wrong"/> is false then), or are none: an indefinite length (RFC 4511 §5.1 forbids it), a tag of several bytes,
    /// more than <see cref="int.MaxValue"/>.
    /// </summary>
    public static bool TryHeader(ReadOnlySpan<byte> bytes, out int header, out int content, out bool wrong)
    {
        header = content = 0;
        wrong = bytes.Length > 0 && (bytes[0] & 0x1f) == 0x1f;
        if (wrong || bytes.Length < 2)
            return false;

        int first = bytes[1];
        int count = first & 0x7f;
        if (first < 0x80)
        {
            header = 2;
            content = first;
            return true;
        }

        wrong = count is 0 or > MaxLengthBytes;
        if (wrong || bytes.Length < 2 + count)
            return false;

        uint length = 0;
        foreach (byte each in bytes.Slice(2, count))
            length = (length << 8) | each;
        wrong = length > int.MaxValue;
        header = 2 + count;
        content = (int)(length & int.MaxValue);
        return !wrong;
    }

    /// <summary>Takes the next element, when it has this tag and is whole.</summary>
    public bool TryTake(byte tag, out ReadOnlySpan<byte> content)
    {
        content = default;
        if (NextTag != tag || !TryHeader(_rest, out int header, out int length, out _) || length > _rest.Length - header)
            return false;

        content = _rest.Slice(header, length);
        _rest = _rest[(header + length)..];
        return true;
    }

    /// <summary>A number of at most four bytes, two's complement.</summary>
    public bool TryTakeNumber(byte tag, out int number)
    {
        number = 0;
        if (!TryTake(tag, out ReadOnlySpan<byte> content) || content.Length is 0 or > sizeof(int))
            return false;

        number = (sbyte)content[0];
        foreach (byte each in content[1..])
            number = (number << 8) | each;
        return true;
    }

    /// <summary>An element, with the shortest length.</summary>
    public static void Write(byte tag, scoped ReadOnlySpan<byte> content, ref ByteWriter output)
    {
        output.Write(tag);
        if (content.Length < 0x80)
            output.Write((byte)content.Length);
        else if (content.Length <= byte.MaxValue)
            output.Write([0x81, (byte)content.Length]);
        else
            output.Write([0x82, (byte)(content.Length >> 8), (byte)content.Length]);
        output.Write(content);
    }

    /// <summary>A number from 0 on, in as few bytes as it needs.</summary>
    public static void WriteNumber(byte tag, int number, ref ByteWriter output)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        while (bytes.Length > 1 && bytes[0] == 0 && bytes[1] < 0x80)
            bytes = bytes[1..];
        Write(tag, bytes, ref output);
    }
}
