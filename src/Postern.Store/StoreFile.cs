using Postern.Interop.LibSqlite;

namespace Postern.Store;

/// <summary>
/// What is kept of outbound mail, in one SQLite file. For one thread at a time; several processes may have it open. What goes wrong
/// is a <see cref="StoreFault"/>, never an exception.
/// </summary>
public sealed class StoreFile : IDisposable
{
    public const string Name = "postern.db";

    /// <summary>Below the state directory: its own, since whoever writes it shall not reach what else is kept there.</summary>
    public const string Folder = "records";

    /// <summary>What a damaged file is called from then on. There is one at a time: a disk that damages files is not filled with them.</summary>
    public const string NameOfDamaged = Name + ".damaged";

    /// <summary>All pages, and not whether each index has what its table has: that takes several times as long.</summary>
    private const string QuickCheck = "PRAGMA quick_check(1)";

    private const string WholeCheck = "PRAGMA integrity_check(1)";

    /// <summary>How long another process that writes is waited for: each write is a moment.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    /// <summary>One write needs no more than a day's room, or a few policies' as long as itself.</summary>
    private const int MaxRooms = 4;

    /// <summary>One row may need so many pages: a policy has 192 KiB, which its index holds once more.</summary>
    private const int PagesOfOneWrite = 128;

    private readonly string _path;
    private readonly SqliteDatabase _database;
    private readonly Dictionary<string, SqliteStatement> _statements = new(StringComparer.Ordinal);

    private StoreFile(string path, SqliteDatabase database)
    {
        _path = path;
        _database = database;
        Domains = new DomainTable(this);
        Sessions = new SessionTable(this);
        Reports = new ReportTable(this);
    }

    /// <summary>How often figures were deleted since the file had come to its bound.</summary>
    public int RoomsMade { get; private set; }

    public DomainTable Domains { get; }

    public SessionTable Sessions { get; }

    public ReportTable Reports { get; }

    /// <summary>Rows that the last statement has changed.</summary>
    internal int Changes => _database.Changes;

    /// <summary>Opens the file in this directory, or makes it. Null, and why.</summary>
    public static StoreFile? Open(string directory, out StoreFault? fault) => Open(directory, QuickCheck, out fault);

    private static StoreFile? Open(string directory, string check, out StoreFault? fault)
    {
        string path = Path.Combine(directory, Name);
        if (SqliteDatabase.Open(path, s_patience, out SqliteOutcome outcome, out string problem) is not { } database)
        {
            fault = StoreFault.Of(outcome, path, problem);
            return null;
        }

        var file = new StoreFile(path, database);
        fault = file.Begin(check);
        if (fault is null)
            return file;
        file.Dispose();
        return null;
    }

    /// <summary>
    /// The same for whoever owns the file: one that is damaged gets out of the way, and a new one is begun. What was in it is
    /// learned anew, which is better than not to learn any more.
    /// </summary>
    /// <param name="directory">Where it is.</param>
    /// <param name="putAside">What to tell the operator when that was so; else empty.</param>
    /// <param name="fault">Why there is none.</param>
    /// <param name="wasDamaged">It was found to be so in use. Then it is looked at whole, or what the quick look does not see would be found again at the next use.</param>
    public static StoreFile? OpenOrBegin(string directory, out string putAside, out StoreFault? fault, bool wasDamaged = false)
    {
        putAside = "";
        if (Open(directory, wasDamaged ? WholeCheck : QuickCheck, out fault) is { } file)
            return file;
        if (fault is not { Outcome: SqliteOutcome.Damaged })
            return null;

        string why = fault.Text;
        try
        {
            PutAside(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            fault = new StoreFault(SqliteOutcome.Damaged, $"{why}; it cannot be renamed: {e.Message}");
            return null;
        }

        putAside = $"{why}; it is called {NameOfDamaged} now, and a new one was begun: what was known of domains is learned anew";
        return Open(directory, out fault);
    }

    /// <summary>Several statements that are one: all of them are kept, or none.</summary>
    internal StoreFault? Together(Func<StoreFault?> statements)
    {
        if (Execute("BEGIN IMMEDIATE") is { } busy)
            return busy;
        StoreFault? fault = statements() ?? Execute("COMMIT");

        // A transaction that failed for want of room is over already; then this says so, and nothing is lost by it.
        if (fault is not null)
            _ = _database.Execute("ROLLBACK");
        return fault;
    }

    /// <summary>
    /// A write, with room made for it where the file has come to its bound (<see cref="Schema.MaxPages"/>): figures for reports are
    /// bounded by their number, and their length is chosen by whoever owns a domain. A disk that is full is another thing: there
    /// nothing is to be gained by deleting.
    /// </summary>
    internal StoreFault? WithRoom(Func<StoreFault?> write)
    {
        StoreFault? fault = write();
        for (int tries = 0; tries < MaxRooms && fault is { Outcome: SqliteOutcome.Full } && IsAtBound() && Sessions.MakeRoom(); tries++)
        {
            RoomsMade++;
            fault = write();
        }

        return fault;
    }

    /// <summary>A statement that was read once, reset; null, and why, when it cannot be.</summary>
    internal SqliteStatement? Statement(string sql, out StoreFault? fault)
    {
        fault = null;
        if (_statements.TryGetValue(sql, out SqliteStatement? known))
            return known;
        if (_database.Prepare(sql, out SqliteOutcome outcome) is not { } statement)
        {
            fault = Fault(outcome);
            return null;
        }

        _statements.Add(sql, statement);
        return statement;
    }

    /// <summary>Null when it went well.</summary>
    internal StoreFault? Fault(SqliteOutcome outcome) =>
        outcome is SqliteOutcome.Done or SqliteOutcome.Row ? null : StoreFault.Of(outcome, _path, _database.Problem);

    public void Dispose()
    {
        foreach (SqliteStatement statement in _statements.Values)
            statement.Dispose();
        _statements.Clear();
        _database.Dispose();
    }

    private static void PutAside(string directory)
    {
        // With its log and without its index, which is of the processes that had it open.
        string path = Path.Combine(directory, Name), aside = Path.Combine(directory, NameOfDamaged);
        File.Delete(aside + "-wal");
        File.Move(path, aside, overwrite: true);
        if (File.Exists(path + "-wal"))
            File.Move(path + "-wal", aside + "-wal", overwrite: true);
        File.Delete(path + "-shm");
    }

    /// <summary>Whether what was said to be full is the file, and not the disk.</summary>
    private bool IsAtBound() => Pragma("PRAGMA page_count") is { } pages && Pragma("PRAGMA max_page_count") is { } most && pages + PagesOfOneWrite > most;

    private long? Pragma(string sql) => Statement(sql, out _) is { } statement && Number(statement, out long? value) is null ? value : null;

    /// <summary>The first number of a statement's first row, and the statement reset.</summary>
    /// <param name="statement">Bound.</param>
    /// <param name="number">Null: there is no row.</param>
    internal StoreFault? Number(SqliteStatement statement, out long? number)
    {
        SqliteOutcome outcome = statement.Step();
        number = outcome == SqliteOutcome.Row ? statement.Number(0) : null;
        StoreFault? fault = Fault(outcome);
        statement.Reset();
        return fault;
    }

    internal StoreFault? Execute(string sql) => Fault(_database.Execute(sql));

    private StoreFault? Begin(string check)
    {
        // First what it is, before anything is written to it.
        if (Look(out long application, out long version, out long tables) is { } unreadable)
            return unreadable;
        if (tables > 0 && application != Schema.Application)
            return new StoreFault(SqliteOutcome.Failed, $"{_path} is a database of another program: it is left alone");
        if (version > Schema.Version)
            return new StoreFault(SqliteOutcome.Failed, $"{_path} was written by a later version of Postern (its tables have version {version}, this one knows {Schema.Version}): it is left alone");

        StoreFault? fault = Execute(Schema.Connection);
        if (fault is null && version < Schema.Version)
            fault = Together(Make);
        return fault ?? Check(check);
    }

    /// <summary>Looks again within the transaction: another process may have been faster.</summary>
    private StoreFault? Make() =>
        Look(out _, out long version, out _) ?? version switch
        {
            0 => Execute(Schema.Create),
            1 => Execute(Schema.FromFirst),
            _ => null,
        };

    /// <summary>Reads all of the file once: that it is damaged is to be known before something is told out of it.</summary>
    private StoreFault? Check(string sql)
    {
        if (_database.Prepare(sql, out SqliteOutcome outcome) is not { } check)
            return Fault(outcome);
        using (check)
        {
            outcome = check.Step();
            if (outcome != SqliteOutcome.Row)
                return Fault(outcome);
            return check.Text(0) == "ok" ? null : StoreFault.Of(SqliteOutcome.Damaged, _path, sql + " finds errors");
        }
    }

    private StoreFault? Look(out long application, out long version, out long tables)
    {
        const string Sql = "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema) FROM pragma_application_id, pragma_user_version";
        application = version = tables = 0;
        if (_database.Prepare(Sql, out SqliteOutcome outcome) is not { } look)
            return Fault(outcome);
        using (look)
        {
            outcome = look.Step();
            if (outcome == SqliteOutcome.Row)
                (application, version, tables) = (look.Number(0), look.Number(1), look.Number(2));
            return Fault(outcome);
        }
    }
}
