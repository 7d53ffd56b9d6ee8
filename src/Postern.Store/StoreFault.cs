using Postern.Interop.LibSqlite;

namespace Postern.Store;

/// <summary>Why something was not read or not kept.</summary>
/// <param name="Outcome">Which of the things that a disk can do.</param>
/// <param name="Text">For the operator: the file, what is wrong with it, and the library's words.</param>
public sealed record StoreFault(SqliteOutcome Outcome, string Text)
{
    internal static StoreFault Of(SqliteOutcome outcome, string path, string words) => new(outcome, outcome switch
    {
        SqliteOutcome.Busy => $"{path} is held by another process for too long ({words})",
        SqliteOutcome.Full => $"there is no room for {path}: its disk is full, or it has reached its bound ({words})",
        SqliteOutcome.ReadOnly => $"{path} may not be written ({words})",
        SqliteOutcome.Damaged => $"{path} is damaged ({words})",
        SqliteOutcome.NoFile => $"{path} cannot be opened or made: is its directory there, and may it be written? ({words})",
        _ => $"{path} cannot be used ({words})",
    });
}
