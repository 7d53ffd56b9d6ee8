using System.Collections.Immutable;

namespace Postern.Cli.Live;

/// <summary>How a dialogue with a backend ended.</summary>
internal enum DialogueEnd
{
    /// <summary>Greeting and capabilities were read.</summary>
    Complete,
    Refused,
    NoSuchSocket,
    PermissionDenied,
    NoAnswer,

    /// <summary>It closed the connection, or fell silent, before its greeting.</summary>
    NoGreeting,

    /// <summary>It greeted, and did not answer the question that followed.</summary>
    NoCapabilities,
    OtherError,
}

/// <summary>What a backend said: its greeting's lines, and the lines of its capabilities.</summary>
internal sealed record Transcript(
    DialogueEnd End, ImmutableArray<string> Greeting, ImmutableArray<string> Capabilities, string Error = "");
