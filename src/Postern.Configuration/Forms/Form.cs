using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace Postern.Configuration.Forms;

/// <summary>
/// A snapshot as bytes, and back. A record says once which fields it has and in which order; whether that list writes or reads is the
/// form's business: each call gives back what it was given, or what it read.
/// </summary>
/// <remarks>
/// By hand, and no serializer: every process of posternd has a copy of its own of the tables of types that it is linked with, and a
/// serializer's are a third of a megabyte in each (docs/adr/0031-reader.md).
/// </remarks>
internal sealed class Form
{
    /// <summary>What stands for null, where there would be a length.</summary>
    private const int Null = -1;

    private const int FirstSize = 4096;

    private readonly bool _reads;
    private byte[] _bytes;
    private int _at;

    private Form(byte[] bytes, bool reads)
    {
        _bytes = bytes;
        _reads = reads;
    }

    /// <summary>The record as bytes.</summary>
    public static byte[] Write<T>(T record, Func<Form, T?, T> fields)
        where T : class
    {
        var form = new Form(new byte[FirstSize], reads: false);
        try
        {
            _ = fields(form, record);
            return form._bytes[..form._at];
        }
        finally
        {
            form.Wipe();
        }
    }

    /// <summary>The record that <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">These are not its bytes.</exception>
    public static T Read<T>(ReadOnlySpan<byte> bytes, Func<Form, T?, T> fields)
        where T : class
    {
        var form = new Form(bytes.ToArray(), reads: true);
        try
        {
            T record = fields(form, null);
            return form._at == form._bytes.Length ? record : throw Broken();
        }
        finally
        {
            form.Wipe();
        }
    }

    public int Number(int value)
    {
        if (_reads)
            return BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));
        BinaryPrimitives.WriteInt32LittleEndian(Room(sizeof(int)), value);
        return value;
    }

    public long Long(long value)
    {
        if (_reads)
            return BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));
        BinaryPrimitives.WriteInt64LittleEndian(Room(sizeof(long)), value);
        return value;
    }

    public bool Flag(bool value) => Number(value ? 1 : 0) != 0;

    public TimeSpan Duration(TimeSpan value) => new(Long(value.Ticks));

    /// <summary>In UTC.</summary>
    public DateTimeOffset Time(DateTimeOffset value)
    {
        long ticks = Long(value.UtcTicks);
        return ticks >= DateTimeOffset.MinValue.Ticks && ticks <= DateTimeOffset.MaxValue.Ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : throw Broken();
    }

    public string? OptionalText(string? value)
    {
        int length = Number(value is null ? Null : Encoding.UTF8.GetByteCount(value));
        if (length == Null)
            return null;
        if (_reads)
            return Encoding.UTF8.GetString(Take(length));
        _ = Encoding.UTF8.GetBytes(value, Room(length));
        return value;
    }

    public string Text(string? value) => OptionalText(value) ?? throw Broken();

    public byte[]? OptionalBytes(byte[]? value)
    {
        int length = Number(value?.Length ?? Null);
        if (length == Null)
            return null;
        if (_reads)
            return Take(length).ToArray();
        value.CopyTo(Room(length));
        return value;
    }

    public byte[] Bytes(byte[]? value) => OptionalBytes(value) ?? throw Broken();

    /// <summary>A word that both sides know.</summary>
    public void Same(string word)
    {
        if (Text(word) != word)
            throw Broken();
    }

    /// <summary>A record that may be missing.</summary>
    public T? Optional<T>(T? value, Func<Form, T?, T> fields)
        where T : class => Flag(value is not null) ? fields(this, value) : null;

    /// <summary>As many as there are, which the list of nobody has none of. An element is a record, a number, or a list again.</summary>
    public ImmutableArray<T> List<T>(ImmutableArray<T>? value, Func<Form, T?, T> each)
    {
        ImmutableArray<T> list = value is { IsDefault: false } known ? known : [];
        int count = Count(list.Length);
        if (count == 0)
            return [];
        var builder = ImmutableArray.CreateBuilder<T>(count);
        for (int i = 0; i < count; i++)
            builder.Add(each(this, _reads ? default : list[i]));
        return builder.MoveToImmutable();
    }

    public ImmutableArray<string> Texts(ImmutableArray<string>? value) => List(value, static (form, text) => form.Text(text));

    /// <summary>How many follow. None of them takes less than a number does, so that no count makes room for more than is there.</summary>
    private int Count(int value)
    {
        int count = Number(value);
        return count >= 0 && (!_reads || count <= (_bytes.Length - _at) / sizeof(int)) ? count : throw Broken();
    }

    /// <summary>There may be keys among them.</summary>
    private void Wipe() => Array.Clear(_bytes);

    private static InvalidDataException Broken() => new("these bytes are no snapshot of this version of Postern");

    private Span<byte> Room(int length)
    {
        if (length > _bytes.Length - _at)
        {
            byte[] larger = new byte[Math.Max(_bytes.Length * 2, _at + length)];
            _bytes.AsSpan(0, _at).CopyTo(larger);
            Array.Clear(_bytes);
            _bytes = larger;
        }

        _at += length;
        return _bytes.AsSpan(_at - length, length);
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length < 0 || length > _bytes.Length - _at)
            throw Broken();
        _at += length;
        return _bytes.AsSpan(_at - length, length);
    }
}
