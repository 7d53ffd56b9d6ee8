using System.Text;

namespace Postern.Interop.LibSqlite;

/// <summary>
/// A statement that was read by the library once: values are bound, it is stepped through its rows, and reset for the next time.
/// It may live longer than its connection, which then ends with it.
/// </summary>
public sealed unsafe class SqliteStatement : IDisposable
{
    private nint _handle;

    internal SqliteStatement(nint handle) => _handle = handle;

    private nint Handle
    {
        get
        {
            ObjectDisposedException.ThrowIf(_handle == 0, this);
            return _handle;
        }
    }

    /// <param name="place">From 1 on, as the ?1 of the statement.</param>
    /// <param name="value">A number.</param>
    public SqliteStatement Bind(int place, long value)
    {
        _ = NativeSqlite.sqlite3_bind_int64(Handle, place, value);
        return this;
    }

    /// <inheritdoc cref="Bind(int, long)"/>
    public SqliteStatement Bind(int place, string text)
    {
        // One byte more than the text, so that an empty one has an address: without it would be NULL.
        byte[] bytes = Encoding.UTF8.GetBytes(text + "\0");
        fixed (byte* p = bytes)
            _ = NativeSqlite.sqlite3_bind_text(Handle, place, p, bytes.Length - 1, NativeSqlite.Transient);
        return this;
    }

    /// <inheritdoc cref="Bind(int, long)"/>
    public SqliteStatement Bind(int place, ReadOnlySpan<byte> bytes)
    {
        byte nothing = 0;
        fixed (byte* p = bytes)
            _ = NativeSqlite.sqlite3_bind_blob(Handle, place, bytes.IsEmpty ? &nothing : p, bytes.Length, NativeSqlite.Transient);
        return this;
    }

    /// <summary>To the next row, or to the end. After anything but a row it is to be reset.</summary>
    public SqliteOutcome Step() => SqliteResult.Read(NativeSqlite.sqlite3_step(Handle));

    /// <summary>All of a statement that has no rows, or whose rows nobody wants; ready for the next time.</summary>
    public SqliteOutcome Run()
    {
        SqliteOutcome outcome = Step();
        Reset();
        return outcome == SqliteOutcome.Row ? SqliteOutcome.Done : outcome;
    }

    /// <summary>Ready for the next time; what was bound stays until something else is. It gives back what a read holds of the file.</summary>
    public void Reset() => _ = NativeSqlite.sqlite3_reset(Handle);

    /// <summary>Of the row that <see cref="Step"/> came to, from 0 on. What is no number is one all the same, 0 if nothing better.</summary>
    public long Number(int column) => NativeSqlite.sqlite3_column_int64(Handle, column);

    /// <summary>What is no text in UTF-8 has replacement characters.</summary>
    public string Text(int column) => Encoding.UTF8.GetString(Value(column));

    public byte[] Bytes(int column) => Value(column).ToArray();

    public void Dispose()
    {
        if (_handle != 0)
            _ = NativeSqlite.sqlite3_finalize(_handle);
        _handle = 0;
    }

    /// <summary>Until the next step. For bytes and for texts: the database's encoding is UTF-8.</summary>
    private ReadOnlySpan<byte> Value(int column)
    {
        // In this order (sqlite3_column_bytes): the first may change the value, the second counts what is there then.
        byte* bytes = NativeSqlite.sqlite3_column_blob(Handle, column);
        return bytes == null ? [] : new ReadOnlySpan<byte>(bytes, NativeSqlite.sqlite3_column_bytes(Handle, column));
    }
}
