using System.Collections.Immutable;
using Postern.Interop.LibC;

namespace Postern.Roles.Sandbox;

/// <summary>Which of the two users of the configuration.</summary>
public enum RoleUser
{
    /// <summary><c>[server] user</c></summary>
    Ordinary,

    /// <summary><c>[server] key-user</c></summary>
    Keys,
}

/// <summary>A bound on what a role can use up.</summary>
/// <param name="Value">A limit that is lower already stays.</param>
/// <param name="Reason">Why so much and no more.</param>
/// <param name="AtTheEnd">Its start needs more: set as the last thing before the filter.</param>
public sealed record RoleLimit(Resource Resource, ulong Value, string Reason, bool AtTheEnd = false);

/// <summary>
/// One role: everything that the launcher, the sandbox and <c>postern check --show-sandbox</c> know of it. There is no
/// other list.
/// </summary>
public sealed record Role
{
    /// <summary>Its first argument.</summary>
    public required string Name { get; init; }

    /// <summary>For people.</summary>
    public required string Title { get; init; }

    /// <summary>Its main function.</summary>
    public required Func<Launched, int> Run { get; init; }

    public required RoleUser User { get; init; }

    public required ImmutableArray<SystemCall> Calls { get; init; }

    /// <summary>Which it has of its own, empty ones. Without root there are none.</summary>
    public required Namespaces Namespaces { get; init; }

    /// <summary>After its start there is nothing below "/": for roles that reach nothing by a path. Without root there is no such root.</summary>
    public required bool HasEmptyRoot { get; init; }

    /// <summary>What Landlock leaves to it after its start, of the file system.</summary>
    public LandlockFiles KeepsFiles { get; init; }

    /// <summary>
    /// What Landlock leaves to it in the one directory that it is told of. Until the end of its start, when it knows which, it has
    /// it everywhere.
    /// </summary>
    public LandlockFiles KeepsFilesBelow { get; init; }

    /// <summary>What Landlock leaves to it of the network.</summary>
    public LandlockNetwork KeepsNetwork { get; init; }

    /// <summary>What its start needs besides becoming another user in another root; afterwards it has none.</summary>
    public Capability StartsWith { get; init; }

    /// <summary>It has something to do with OpenSSL, which is else not loaded: half a megabyte of it would be the process's own.</summary>
    public bool UsesOpenSsl { get; init; } = true;

    public required ImmutableArray<RoleLimit> Limits { get; init; }
}
