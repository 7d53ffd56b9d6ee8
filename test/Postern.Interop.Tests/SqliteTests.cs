using Postern.Interop.LibSqlite;
using Xunit;

namespace Postern.Interop.Tests;

/// <summary>libsqlite3: values there and back, and what a disk can do as values.</summary>
public sealed class SqliteTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(50);

    private readonly string _directory = Directory.CreateTempSubdirectory("postern-sqlite").FullName;

    private string Path => System.IO.Path.Combine(_directory, "test.db");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void It_is_there() => Assert.True(SqliteLibrary.TryLoad(out string problem), problem);

    [Fact]
    public void The_numbers_are_what_the_header_says()
    {
        Dictionary<string, int> real = LayoutTests.Compile("""
            #include <stdio.h>
            #include <sqlite3.h>
            #define IS(n) printf(#n " %d\n", (int)(n))
            int main(void) {
              IS(SQLITE_OPEN_READWRITE); IS(SQLITE_OPEN_CREATE); IS(SQLITE_OPEN_NOMUTEX); IS(SQLITE_LIMIT_LENGTH);
              IS(SQLITE_OK); IS(SQLITE_DONE); IS(SQLITE_ROW); IS(SQLITE_BUSY); IS(SQLITE_LOCKED); IS(SQLITE_FULL); IS(SQLITE_READONLY);
              IS(SQLITE_CORRUPT); IS(SQLITE_NOTADB); IS(SQLITE_CANTOPEN); IS(SQLITE_IOERR); IS(SQLITE_READONLY_DBMOVED); IS(SQLITE_BUSY_SNAPSHOT);
              return 0;
            }
            """);

        Assert.Equal(real["SQLITE_OPEN_READWRITE"], NativeSqlite.OpenReadWrite);
        Assert.Equal(real["SQLITE_OPEN_CREATE"], NativeSqlite.OpenCreate);
        Assert.Equal(real["SQLITE_OPEN_NOMUTEX"], NativeSqlite.OpenNoMutex);
        Assert.Equal(real["SQLITE_LIMIT_LENGTH"], NativeSqlite.LimitLength);
        foreach ((string name, SqliteOutcome outcome) in ((string, SqliteOutcome)[])
        [
            ("SQLITE_OK", SqliteOutcome.Done), ("SQLITE_DONE", SqliteOutcome.Done), ("SQLITE_ROW", SqliteOutcome.Row), ("SQLITE_BUSY", SqliteOutcome.Busy),
            ("SQLITE_LOCKED", SqliteOutcome.Busy), ("SQLITE_BUSY_SNAPSHOT", SqliteOutcome.Busy), ("SQLITE_FULL", SqliteOutcome.Full),
            ("SQLITE_READONLY", SqliteOutcome.ReadOnly), ("SQLITE_READONLY_DBMOVED", SqliteOutcome.ReadOnly), ("SQLITE_CORRUPT", SqliteOutcome.Damaged),
            ("SQLITE_NOTADB", SqliteOutcome.Damaged), ("SQLITE_CANTOPEN", SqliteOutcome.NoFile), ("SQLITE_IOERR", SqliteOutcome.Failed),
        ])
        {
            Assert.Equal(outcome, SqliteResult.Read(real[name]));
        }
    }

    [Fact]
    public void Values_come_back_as_they_went()
    {
        using SqliteDatabase database = Open();
        Assert.Equal(SqliteOutcome.Done, database.Execute("CREATE TABLE t (n INTEGER, s TEXT, b BLOB)"));
        (long Number, string Text, byte[] Bytes)[] values =
        [
            (0, "", []), (long.MaxValue, "größe \U0001F4EC \0 behind", [0, 1, 2, 255]), (long.MinValue, new string('x', 100_000), new byte[100_000]),
        ];
        using (SqliteStatement insert = Prepare(database, "INSERT INTO t VALUES (?1, ?2, ?3)"))
        {
            foreach ((long number, string text, byte[] bytes) in values)
            {
                Assert.Equal(SqliteOutcome.Done, insert.Bind(1, number).Bind(2, text).Bind(3, bytes).Run());
                Assert.Equal(1, database.Changes);
            }
        }

        using SqliteStatement select = Prepare(database, "SELECT n, s, b, typeof(s), typeof(b), NULL FROM t ORDER BY rowid");
        foreach ((long number, string text, byte[] bytes) in values)
        {
            Assert.Equal(SqliteOutcome.Row, select.Step());
            Assert.Equal(number, select.Number(0));
            Assert.Equal(text, select.Text(1));
            Assert.Equal(bytes, select.Bytes(2));
            Assert.Equal(("text", "blob"), (select.Text(3), select.Text(4)));
            Assert.Equal((0, "", 0), (select.Number(5), select.Text(5), select.Bytes(5).Length));
        }

        Assert.Equal(SqliteOutcome.Done, select.Step());
    }

    [Fact]
    public void Two_connections_wait_for_each_other_and_not_for_ever()
    {
        using SqliteDatabase one = Open();
        Assert.Equal(SqliteOutcome.Done, one.Execute("PRAGMA journal_mode=WAL; CREATE TABLE t (n); BEGIN IMMEDIATE; INSERT INTO t VALUES (1)"));
        using SqliteDatabase other = Open();
        Assert.Equal(SqliteOutcome.Busy, other.Execute("INSERT INTO t VALUES (2)"));
        Assert.Equal("database is locked", other.Problem);
        Assert.Equal(SqliteOutcome.Done, one.Execute("COMMIT"));
        Assert.Equal(SqliteOutcome.Done, other.Execute("INSERT INTO t VALUES (2)"));
    }

    [Fact]
    public void A_file_that_may_grow_no_more_is_full()
    {
        using SqliteDatabase database = Open();
        Assert.Equal(SqliteOutcome.Done, database.Execute("PRAGMA max_page_count=8; CREATE TABLE t (b)"));
        using SqliteStatement insert = Prepare(database, "INSERT INTO t VALUES (?1)");
        SqliteOutcome outcome = SqliteOutcome.Done;
        for (int i = 0; i < 100 && outcome == SqliteOutcome.Done; i++)
            outcome = insert.Bind(1, new byte[2000]).Run();
        Assert.Equal(SqliteOutcome.Full, outcome);
        Assert.Equal(SqliteOutcome.Done, database.Execute("DELETE FROM t"));
        Assert.Equal(SqliteOutcome.Done, insert.Run());
    }

    [Fact]
    public void What_is_no_database_is_damaged()
    {
        File.WriteAllText(Path, new string('n', 10_000));
        using SqliteDatabase database = Open();
        Assert.Equal(SqliteOutcome.Damaged, database.Execute("CREATE TABLE t (n)"));
        Assert.Null(database.Prepare("SELECT * FROM sqlite_schema", out SqliteOutcome outcome));
        Assert.Equal(SqliteOutcome.Damaged, outcome);
    }

    [Fact]
    public void A_value_beyond_the_bound_is_not_taken_into_memory()
    {
        using SqliteDatabase database = Open();
        Assert.Equal(SqliteOutcome.Failed, database.Execute($"SELECT length(zeroblob({SqliteDatabase.MaxValue + 1}))"));
        Assert.Equal("string or blob too big", database.Problem);
    }

    [Fact]
    public void A_directory_that_is_not_there_is_no_file()
    {
        Assert.Null(SqliteDatabase.Open(Path + "/not/there.db", s_patience, out SqliteOutcome outcome, out string problem));
        Assert.Equal(SqliteOutcome.NoFile, outcome);
        Assert.Equal("unable to open database file", problem);
    }

    [Fact]
    public void A_statement_that_is_wrong_is_told_and_there_is_none()
    {
        using SqliteDatabase database = Open();
        Assert.Null(database.Prepare("SELECT * FROM nobody", out SqliteOutcome outcome));
        Assert.Equal(SqliteOutcome.Failed, outcome);
        Assert.Equal("no such table: nobody", database.Problem);
    }

    [Fact]
    public void A_statement_may_outlive_its_connection_and_nothing_outlives_its_end()
    {
        SqliteDatabase database = Open();
        _ = database.Execute("CREATE TABLE t (n); INSERT INTO t VALUES (7)");
        SqliteStatement select = Prepare(database, "SELECT n FROM t");
        database.Dispose();
        database.Dispose();
        Assert.Equal(SqliteOutcome.Row, select.Step());
        Assert.Equal(7, select.Number(0));
        select.Dispose();
        select.Dispose();
        _ = Assert.Throws<ObjectDisposedException>(() => select.Step());
        _ = Assert.Throws<ObjectDisposedException>(() => database.Execute("SELECT 1"));
    }

    private static SqliteStatement Prepare(SqliteDatabase database, string sql)
    {
        SqliteStatement? statement = database.Prepare(sql, out _);
        Assert.True(statement is not null, database.Problem);
        return statement;
    }

    private SqliteDatabase Open()
    {
        SqliteDatabase? database = SqliteDatabase.Open(Path, s_patience, out _, out string problem);
        Assert.True(database is not null, problem);
        return database;
    }
}
