using System.Collections.Concurrent;
using System.Diagnostics;

namespace Postern.EndToEnd.Rigs;

/// <summary>When a process was killed, and until when its loss could be felt. Times are of the stopwatch.</summary>
internal sealed record Deed(string Role, long From, long To);

/// <summary>What was killed: what fails at another time, or of another cause, has no excuse.</summary>
internal sealed class Deeds
{
    /// <summary>How long who served is still there, dying, and how long the news of its successor is on its way.</summary>
    public static readonly TimeSpan Slack = TimeSpan.FromSeconds(1);

    private readonly ConcurrentQueue<Deed> _deeds = new();

    public IEnumerable<Deed> All => _deeds;

    public void Note(string role, long from, long to) => _deeds.Enqueue(new Deed(role, from, to + (long)(Slack.TotalSeconds * Stopwatch.Frequency)));

    /// <summary>Whether the loss of one of these roles can be what a connection felt in this time.</summary>
    public bool Excuse(long from, long to, params ReadOnlySpan<string> roles)
    {
        foreach (Deed deed in _deeds)
        {
            if (deed.From <= to && deed.To >= from && roles.Contains(deed.Role))
                return true;
        }

        return false;
    }
}
