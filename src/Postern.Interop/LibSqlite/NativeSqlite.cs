using System.Runtime.InteropServices;

namespace Postern.Interop.LibSqlite;

/// <summary>sqlite3(3), each function declared once. The library is opened by the first call: nothing is called before <see cref="SqliteLibrary.TryLoad"/>.</summary>
internal static unsafe partial class NativeSqlite
{
    /// <summary>By its full name: the one without the version belongs to the package for developers.</summary>
    public const string Library = "libsqlite3.so.0";

    // SQLITE_OPEN_*.
    public const int OpenReadWrite = 0x2, OpenCreate = 0x4, OpenNoMutex = 0x8000;

    /// <summary>SQLITE_LIMIT_LENGTH: of a text, a blob, a row.</summary>
    public const int LimitLength = 0;

    /// <summary>SQLITE_TRANSIENT: the library makes a copy before it returns.</summary>
    public const nint Transient = -1;

    [LibraryImport(Library)]
    public static partial int sqlite3_open_v2(byte* path, nint* database, int flags, byte* vfs);

    /// <summary>Waits with the end of a connection for the end of its statements.</summary>
    [LibraryImport(Library)]
    public static partial int sqlite3_close_v2(nint database);

    [LibraryImport(Library)]
    public static partial int sqlite3_busy_timeout(nint database, int milliseconds);

    [LibraryImport(Library)]
    public static partial int sqlite3_limit(nint database, int which, int value);

    [LibraryImport(Library)]
    public static partial byte* sqlite3_errmsg(nint database);

    [LibraryImport(Library)]
    public static partial int sqlite3_exec(nint database, byte* sql, void* callback, void* data, byte** message);

    [LibraryImport(Library)]
    public static partial int sqlite3_changes(nint database);

    [LibraryImport(Library)]
    public static partial int sqlite3_prepare_v2(nint database, byte* sql, int length, nint* statement, byte** tail);

    [LibraryImport(Library)]
    public static partial int sqlite3_finalize(nint statement);

    [LibraryImport(Library)]
    public static partial int sqlite3_step(nint statement);

    [LibraryImport(Library)]
    public static partial int sqlite3_reset(nint statement);

    [LibraryImport(Library)]
    public static partial int sqlite3_bind_int64(nint statement, int place, long value);

    [LibraryImport(Library)]
    public static partial int sqlite3_bind_text(nint statement, int place, byte* text, int length, nint destructor);

    [LibraryImport(Library)]
    public static partial int sqlite3_bind_blob(nint statement, int place, byte* bytes, int length, nint destructor);

    [LibraryImport(Library)]
    public static partial long sqlite3_column_int64(nint statement, int column);

    [LibraryImport(Library)]
    public static partial byte* sqlite3_column_blob(nint statement, int column);

    [LibraryImport(Library)]
    public static partial int sqlite3_column_bytes(nint statement, int column);
}
