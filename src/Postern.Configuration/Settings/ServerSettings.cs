namespace Postern.Configuration.Settings;

/// <summary><c>[server]</c></summary>
public sealed record ServerSettings
{
    public required Isolation Isolation { get; init; }

    /// <summary>Worker processes, or porters where each connection has a process; at least 1.</summary>
    public required int Workers { get; init; }

    /// <summary>The user that workers run as when started by root.</summary>
    public required string User { get; init; }

    /// <summary>The user that the key agent runs as when started by root.</summary>
    public required string KeyUser { get; init; }

    public required SandboxDemand Sandbox { get; init; }

    /// <summary>Path of the control socket.</summary>
    public required string Control { get; init; }

    public required LogTarget Log { get; init; }

    /// <summary>The name used in greetings.</summary>
    public required string HostName { get; init; }

    /// <summary>The PKCS #11 module of keys that name none; null when there is none.</summary>
    public string? TokenModule { get; init; }

    /// <summary>File of the secret that session ticket keys are derived from; null: one is drawn at each start.</summary>
    public string? TicketSecret { get; init; }

    /// <summary>How long a session can be resumed, and how long its ticket's keys seal; whole seconds.</summary>
    public required TimeSpan TicketLifetime { get; init; }
}

public enum SandboxDemand
{
    /// <summary>A role starts with what the kernel and the starting user's rights give, and says what it does without.</summary>
    Available,

    /// <summary>A role that would have to do without a piece does not start.</summary>
    Required,
}

public enum Isolation
{
    /// <summary>Many connections share a process.</summary>
    Worker,

    /// <summary>Each connection has a process of its own.</summary>
    Connection,
}

public enum LogTarget
{
    /// <summary>One plain line a connection.</summary>
    Stderr,

    /// <summary>One JSON object a line, on standard error.</summary>
    Json,

    /// <summary>journald's native protocol, with a field for each fact.</summary>
    Journal,
}
