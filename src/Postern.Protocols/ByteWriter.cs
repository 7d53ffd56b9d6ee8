using System.Buffers.Text;
using System.Text;

namespace Postern.Protocols;

/// <summary>
/// Appends bytes to a span of fixed size. Nothing is written once something did not fit:
/// <see cref="Overflowed"/> says so, and the driver then refuses instead of sending half an answer.
/// </summary>
public ref struct ByteWriter(Span<byte> buffer)
{
    private readonly Span<byte> _buffer = buffer;

    /// <summary>Bytes written so far.</summary>
    public int Length { get; private set; }

    /// <summary>Something did not fit.</summary>
    public bool Overflowed { get; private set; }

    public readonly int Free => _buffer.Length - Length;

    public readonly ReadOnlySpan<byte> Written => _buffer[..Length];

    public void Write(scoped ReadOnlySpan<byte> bytes)
    {
        if (Overflowed || bytes.Length > Free)
        {
            Overflowed = true;
            return;
        }

        bytes.CopyTo(_buffer[Length..]);
        Length += bytes.Length;
    }

    public void Write(byte value) => Write([value]);

    /// <summary>Writes text as UTF-8.</summary>
    public void WriteText(scoped ReadOnlySpan<char> text)
    {
        if (Overflowed || !Encoding.UTF8.TryGetBytes(text, _buffer[Length..], out int written))
        {
            Overflowed = true;
            return;
        }

        Length += written;
    }

    /// <summary>Writes a number in decimal digits.</summary>
    public void WriteNumber(long value)
    {
        if (Overflowed || !Utf8Formatter.TryFormat(value, _buffer[Length..], out int written))
        {
            Overflowed = true;
            return;
        }

        Length += written;
    }

    /// <summary>Takes back everything from <paramref name="length"/> on: an answer that must not be given.</summary>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        Length = length;
    }
}
