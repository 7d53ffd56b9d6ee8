using System.Runtime.InteropServices;
using System.Text;

namespace Postern.Interop.LibSqlite;

/// <summary>A connection to a database in a file. For one thread at a time.</summary>
public sealed unsafe class SqliteDatabase : IDisposable
{
    /// <summary>
    /// Of one value. Whoever wrote the file is not believed: without it a length of a gigabyte would be memory of a gigabyte.
    /// </summary>
    public const int MaxValue = 1024 * 1024;

    private nint _handle;

    private SqliteDatabase(nint handle) => _handle = handle;

    /// <summary>The library's words for what failed last: English, with names of tables, without a value.</summary>
    public string Problem => Describe(Handle);

    /// <summary>Rows that the last statement has changed.</summary>
    public int Changes => NativeSqlite.sqlite3_changes(Handle);

    private nint Handle
    {
        get
        {
            ObjectDisposedException.ThrowIf(_handle == 0, this);
            return _handle;
        }
    }

    /// <summary>Opens, or makes, a file. What is in it is looked at by the first statement.</summary>
    /// <param name="path">Absolute.</param>
    /// <param name="patience">How long another process that writes is waited for.</param>
    /// <param name="outcome">Why there is none.</param>
    /// <param name="problem">The same as a sentence.</param>
    public static SqliteDatabase? Open(string path, TimeSpan patience, out SqliteOutcome outcome, out string problem)
    {
        outcome = SqliteOutcome.Failed;
        if (!SqliteLibrary.TryLoad(out problem))
            return null;

        nint handle = 0;
        int result;
        fixed (byte* p = Encoding.UTF8.GetBytes(path + "\0"))
            result = NativeSqlite.sqlite3_open_v2(p, &handle, NativeSqlite.OpenReadWrite | NativeSqlite.OpenCreate | NativeSqlite.OpenNoMutex, null);
        if (result == 0)
        {
            _ = NativeSqlite.sqlite3_busy_timeout(handle, (int)patience.TotalMilliseconds);
            _ = NativeSqlite.sqlite3_limit(handle, NativeSqlite.LimitLength, MaxValue);
            outcome = SqliteOutcome.Done;
            return new SqliteDatabase(handle);
        }

        outcome = SqliteResult.Read(result);
        problem = handle == 0 ? "there is no memory" : Describe(handle);

        // A connection that failed is one too (sqlite3_open_v2).
        _ = NativeSqlite.sqlite3_close_v2(handle);
        return null;
    }

    /// <summary>Runs statements that say nothing back.</summary>
    public SqliteOutcome Execute(string sql)
    {
        fixed (byte* s = Encoding.UTF8.GetBytes(sql + "\0"))
        {
            SqliteOutcome outcome = SqliteResult.Read(NativeSqlite.sqlite3_exec(Handle, s, null, null, null));
            return outcome == SqliteOutcome.Row ? SqliteOutcome.Done : outcome;
        }
    }

    /// <summary>One statement, to be run as often as needed. Null, and why, when the database has no such table, or none that can be read.</summary>
    public SqliteStatement? Prepare(string sql, out SqliteOutcome outcome)
    {
        nint statement = 0;
        fixed (byte* s = Encoding.UTF8.GetBytes(sql + "\0"))
            outcome = SqliteResult.Read(NativeSqlite.sqlite3_prepare_v2(Handle, s, -1, &statement, null));
        return statement == 0 ? null : new SqliteStatement(statement);
    }

    public void Dispose()
    {
        if (_handle != 0)
            _ = NativeSqlite.sqlite3_close_v2(_handle);
        _handle = 0;
    }

    private static string Describe(nint handle)
    {
        byte* text = NativeSqlite.sqlite3_errmsg(handle);
        return text == null ? "an error without a name" : Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
    }
}
