namespace Postern.Store;

/// <summary>The tables, as they are made, and what every connection says first. Times are seconds, days are days, both since 1970 in UTC.</summary>
internal static class Schema
{
    /// <summary>PRAGMA user_version. Whoever changes a table counts it up, and says how the version before becomes it.</summary>
    public const int Version = 2;

    /// <summary>PRAGMA application_id: "Pstn". file(1) can tell by it whose a database is, and so can we.</summary>
    public const int Application = 0x5073_746e;

    /// <summary>Pages of 4 KiB: 512 MiB, which 100 000 domains and a month of reports do not need.</summary>
    public const int MaxPages = 128 * 1024;

    /// <summary>
    /// Write-ahead log: two processes at a time, and a commit that does not wait for the disk. synchronous=NORMAL: what power loss
    /// takes away is the last commits, never the file's sense. The others are SQLite's own advice for files that may have been
    /// tampered with (https://www.sqlite.org/security.html), and bounds.
    /// </summary>
    public static readonly string Connection =
        $"PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-1024; PRAGMA max_page_count={MaxPages}; "
        + "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA journal_size_limit=1048576";

    /// <summary>
    /// domain: known is 1 where there is a policy or a level to lose: what has neither makes room first. memory is JSON
    /// (DomainMemoryText). policy and session: how many sessions there were under a policy on a day, and how they failed; failure is
    /// JSON (SessionText), or empty for those that did not. policy.domain is the policy's own. report: what was sent of a day, to
    /// whom; without a target, what was tried of it and whether it is over.
    /// </summary>
    public static readonly string Create = $"""
        CREATE TABLE domain (name TEXT NOT NULL PRIMARY KEY, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, known INTEGER NOT NULL, memory BLOB NOT NULL);
        CREATE INDEX domain_age ON domain (known, last_seen);
        CREATE TABLE policy (id INTEGER PRIMARY KEY, day INTEGER NOT NULL, text TEXT NOT NULL, domain TEXT NOT NULL DEFAULT '', UNIQUE (day, text));
        CREATE INDEX policy_domain ON policy (day, domain);
        CREATE TABLE session (policy INTEGER NOT NULL, failure TEXT NOT NULL, sessions INTEGER NOT NULL, PRIMARY KEY (policy, failure)) WITHOUT ROWID;
        CREATE TABLE report (day INTEGER NOT NULL, domain TEXT NOT NULL, target TEXT NOT NULL, id TEXT NOT NULL, tried_at INTEGER NOT NULL, tries INTEGER NOT NULL, sent INTEGER NOT NULL, outcome TEXT NOT NULL, first_at INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (day, domain, target)) WITHOUT ROWID;
        PRAGMA application_id={Application};
        PRAGMA user_version={Version}
        """;

    /// <summary>
    /// From version 1: reports are sent from 2 on, by the domains of policies. json_extract is in every SQLite of Debian, and by default
    /// in 3.38; of what is no JSON it is an error, which one row shall not be for all. Of days before those that reports may still be
    /// due of, figures go first: a file at its bound has no room for the column otherwise, and would be used no more.
    /// </summary>
    public static readonly string FromFirst = $"""
        DELETE FROM session WHERE policy IN (SELECT id FROM policy WHERE day < (SELECT max(day) FROM policy) - 6);
        DELETE FROM policy WHERE day < (SELECT max(day) FROM policy) - 6;
        ALTER TABLE policy ADD COLUMN domain TEXT NOT NULL DEFAULT '';
        UPDATE policy SET domain = CASE WHEN json_valid(text) THEN coalesce(json_extract(text, '$."policy-domain"'), '') ELSE '' END;
        CREATE INDEX policy_domain ON policy (day, domain);
        ALTER TABLE report ADD COLUMN first_at INTEGER NOT NULL DEFAULT 0;
        PRAGMA user_version={Version}
        """;
}
