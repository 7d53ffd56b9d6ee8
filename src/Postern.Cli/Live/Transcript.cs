using System.Collections.Immutable;

namespace Postern.Cli.Live;

/// <summary>How a dialogue with a backend ended.</summary>
internal enum TranscriptEnd
{
    /// <summary>Every question was answered.</summary>
    Complete,

    /// <summary>It said nothing for <see cref="BackendConnection.Patience"/>.</summary>
    Silent,

    /// <summary>It closed or reset the connection.</summary>
    Closed,

    /// <summary>What it said is not its protocol.</summary>
    Foreign,
}

/// <summary>What a backend said, before anything is thought about it. Bytes are kept as Latin-1: one character each.</summary>
/// <param name="Replies">The greeting, then the reply to each question, as far as they came; lines with their CRLF.</param>
/// <param name="End">How it ended.</param>
/// <param name="Rest">What came behind the last whole reply.</param>
internal sealed record Transcript(ImmutableArray<string> Replies, TranscriptEnd End, string Rest = "")
{
    /// <summary>
    /// It greeted, and then left a question unanswered. A capture shows it: now and then a login process of Dovecot 2.3.19 acknowledges the
    /// first one and answers it when more comes. A backend is asked once more before it is called wrong.
    /// </summary>
    public bool IsUnanswered => End == TranscriptEnd.Silent && !Replies.IsEmpty && Rest.Length == 0;

    public string Greeting => Replies.IsEmpty ? "" : Replies[0];

    /// <summary>The lines of a reply, without their ends; none when it did not come.</summary>
    public ImmutableArray<string> Lines(int reply) =>
        reply < Replies.Length ? [.. Replies[reply].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd('\r'))] : [];
}
