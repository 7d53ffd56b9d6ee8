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

    /// <summary>How long another process that writes is waited for: each write is a moment.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

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

    public DomainTable Domains { get; }

    public SessionTable Sessions { get; }

    public ReportTable Reports { get; }

    /// <summary>Rows that the last statement has changed.</summary>
    internal int Changes => _database.Changes;

    /// <summary>Opens the file in this directory, or makes it. Null, and why.</summary>
    public static StoreFile? Open(string directory, out StoreFault? fault)
    {
        string path = Path.Combine(directory, Name);
        if (SqliteDatabase.Open(path, s_patience, out SqliteOutcome outcome, out string problem) is not { } database)
        {
            fault = StoreFault.Of(outcome, path, problem);
            return null;
        }

        var file = new StoreFile(path, database);
        fault = file.Begin();
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
    public static StoreFile? OpenOrBegin(string directory, out string putAside, out StoreFault? fault)
    {
        putAside = "";
        if (Open(directory, out fault) is { } file)
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

    internal StoreFault? Execute(string sql) => Fault(_database.Execute(sql));

    private StoreFault? Begin()
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
        return fault ?? Check();
    }

    /// <summary>Looks again within the transaction: another process may have been faster.</summary>
    private StoreFault? Make() =>
        Look(out _, out long version, out _) ?? (version == 0 ? Execute(Schema.Create) : null);

    /// <summary>Reads all of the file once: that it is damaged is to be known before something is told out of it.</summary>
    private StoreFault? Check()
    {
        if (_database.Prepare("PRAGMA quick_check(1)", out SqliteOutcome outcome) is not { } check)
            return Fault(outcome);
        using (check)
        {
            outcome = check.Step();
            if (outcome != SqliteOutcome.Row)
                return Fault(outcome);
            return check.Text(0) == "ok" ? null : StoreFault.Of(SqliteOutcome.Damaged, _path, "quick_check finds errors");
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
