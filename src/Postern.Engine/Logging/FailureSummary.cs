using System.Globalization;
using System.Text;
using Postern.Engine.Loop;
using Postern.Interop.LibC;

namespace Postern.Engine.Logging;

/// <summary>
/// Keeps a flood out of the log: of connections that never came to a relay, so many a period are written out, the
/// rest is counted by gate and reason and said in one line when the period ends.
/// </summary>
public sealed class FailureSummary : PollTarget
{
    public const int PeriodMilliseconds = 10_000;

    /// <summary>Entries of each worker written out in a period.</summary>
    public const int WrittenOut = 50;

    /// <summary>Different reasons that one summary tells apart.</summary>
    private const int MaxReasons = 64;

    private readonly Log _log;
    private readonly Reactor _reactor;
    private readonly Dictionary<(string Gate, string Reason), long> _counts = [];
    private int _written;

    internal FailureSummary(Log log, Reactor reactor)
    {
        _log = log;
        _reactor = reactor;
        reactor.Add(this);
    }

    /// <summary>True when this failure is to be written out; else it has been counted for the summary.</summary>
    public bool Admit(string gate, string reason)
    {
        if (_written == 0)
            _reactor.SetDeadline(this, PeriodMilliseconds);
        if (++_written <= WrittenOut)
            return true;

        (string, string) key = _counts.Count < MaxReasons ? (gate, reason) : (gate, "other");
        _counts[key] = _counts.GetValueOrDefault(key) + 1;
        return false;
    }

    protected internal override void OnEvents(int which, PollEvents events)
    {
        // Not watched.
    }

    protected internal override void OnDeadline() => Say();

    /// <summary>Says what was counted; also when a worker ends before its period does.</summary>
    public void Say()
    {
        _written = 0;
        foreach (IGrouping<string, KeyValuePair<(string Gate, string Reason), long>> gate in _counts.GroupBy(count => count.Key.Gate))
        {
            var text = new StringBuilder();
            text.Append(CultureInfo.InvariantCulture, $"gate {gate.Key}: {gate.Sum(count => count.Value)} more connections failed within {PeriodMilliseconds / 1000} s:");
            foreach (KeyValuePair<(string Gate, string Reason), long> count in gate.OrderByDescending(count => count.Value))
                text.Append(CultureInfo.InvariantCulture, $" {count.Value} {count.Key.Reason};");
            _log.Say(4, "summary", text.ToString().TrimEnd(';'));
        }

        _counts.Clear();
    }
}
