namespace Postern.Configuration;

/// <summary>The arguments by which posternd starts its reader. Nobody else does; they stand in no help.</summary>
public static class ReaderWords
{
    /// <summary>First of all.</summary>
    public const string Command = "hand-over";

    /// <summary>Then the file, and the generation's number: a <see cref="SnapshotResult"/>.</summary>
    public const string Snapshot = "snapshot";

    /// <summary>Then the file, or nothing for the defaults: a <see cref="ServerResult"/>.</summary>
    public const string Server = "server";

    /// <summary>Where the answer goes: anonymous memory, from who starts it.</summary>
    public const int AnswerFd = 3;
}
