namespace Postern.Interop.LibSqlite;

/// <summary>What came of a statement: done, or what a disk can do. Never an exception.</summary>
public enum SqliteOutcome
{
    /// <summary>To its end.</summary>
    Done,

    /// <summary>Here is a row; there may be more.</summary>
    Row,

    /// <summary>Another process writes, and did so for longer than was waited.</summary>
    Busy,

    /// <summary>No room: on the disk, or below the bound of the file.</summary>
    Full,

    /// <summary>The file, its directory or the file system may not be written.</summary>
    ReadOnly,

    /// <summary>What is in the file is no database, or one that was destroyed.</summary>
    Damaged,

    /// <summary>The file cannot be opened or made.</summary>
    NoFile,

    /// <summary>Anything else: an error of the disk, no memory, a statement that is wrong.</summary>
    Failed,
}

/// <summary>The library's numbers.</summary>
internal static class SqliteResult
{
    /// <summary>The lower byte; above it stands which kind of the same.</summary>
    private const int Primary = 0xff;

    public static SqliteOutcome Read(int result) => (result & Primary) switch
    {
        0 or 101 => SqliteOutcome.Done,
        100 => SqliteOutcome.Row,
        5 or 6 => SqliteOutcome.Busy,
        13 => SqliteOutcome.Full,
        8 => SqliteOutcome.ReadOnly,
        11 or 26 => SqliteOutcome.Damaged,
        14 => SqliteOutcome.NoFile,
        _ => SqliteOutcome.Failed,
    };
}
