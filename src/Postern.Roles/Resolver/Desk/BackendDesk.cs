using System.Collections.Concurrent;
using System.Collections.Immutable;
using Postern.Configuration;
using Postern.Engine.Upstream;
using Postern.Policy.Survey;
using Postern.Resolver;
using Postern.Roles.Resolver.Wire;

namespace Postern.Roles.Resolver.Desk;

/// <summary>What each backend that DANE proves must show, as long as the DNS's answers hold. Called by several threads.</summary>
internal sealed class BackendDesk
{
    /// <summary>A survey begins nothing after this. The client of the connection waits.</summary>
    public static readonly TimeSpan SurveyLimit = TimeSpan.FromSeconds(20);

    /// <summary>The operator may be mending it; libunbound remembers failures by itself.</summary>
    public static readonly TimeSpan OfFailure = TimeSpan.FromSeconds(5);

    /// <summary>As many as are surveyed at a time. What is asked is bounded by the configuration.</summary>
    private const int Hands = 8;

    private const int MaxWaiting = 16 * 1024;

    private readonly Dictionary<BackendQuestion, BackendCase> _backends = [];
    private readonly ConcurrentDictionary<BackendQuestion, Known> _known = [];
    private readonly BackendSurveyor _surveyor;
    private readonly TimeProvider _clock;
    private readonly Crew<BackendQuestion, DemandAnswer> _crew;

    private sealed record Known(DemandAnswer Answer, DateTimeOffset Made, DateTimeOffset Until);

    /// <param name="backends">Of the configuration.</param>
    /// <param name="surveyor">Asks the DNS.</param>
    /// <param name="clock">The time.</param>
    public BackendDesk(ImmutableArray<DaneBackend> backends, BackendSurveyor surveyor, TimeProvider clock)
    {
        foreach (DaneBackend backend in backends)
        {
            // What is no name of the DNS has no records, and is refused as a backend that nobody knows is.
            if (backend.ToCase() is { } known)
                _backends[new BackendQuestion(backend.Gate, backend.Route, backend.Index)] = known;
        }

        _surveyor = surveyor;
        _clock = clock;
        _crew = new Crew<BackendQuestion, DemandAnswer>((question, _) => Survey(question), _ => false, Hands, MaxWaiting);
    }

    /// <summary>False: there is no such backend.</summary>
    /// <param name="question">Any.</param>
    /// <param name="done">Once, on this thread or on another. Must not wait.</param>
    public bool Ask(BackendQuestion question, Action<DemandAnswer> done)
    {
        ArgumentNullException.ThrowIfNull(done);
        if (!_backends.ContainsKey(question))
            return false;

        // A clock that was set back makes none hold for longer.
        DateTimeOffset now = _clock.GetUtcNow();
        if (_known.TryGetValue(question, out Known? known) && known.Made <= now && now < known.Until)
            done(known.Answer);
        else if (!_crew.Ask(question, done))
            done(new DemandAnswer(null, "too many backends are being looked up"));
        return true;
    }

    private DemandAnswer Survey(BackendQuestion question)
    {
        DateTimeOffset now = _clock.GetUtcNow();
        BackendFinding? found = _surveyor.Run(_backends[question], SurveyLimit);
        DemandAnswer answer = found is null
            ? new DemandAnswer(null, "what DANE says of it cannot be found out in time")
            : new DemandAnswer(found.Demand, found.Reason);
        _known[question] = new Known(answer, now, now + LifeOf(found));
        return answer;
    }

    /// <summary>
    /// No longer than the DNS has it (RFC 6698 §A.4: who rolls a key over counts on it), and within the hour what has changed is seen.
    /// </summary>
    private static TimeSpan LifeOf(BackendFinding? found) => found is null or { HasFailed: true }
        ? OfFailure
        : found.Replies.Select(reply => TimeSpan.FromSeconds(reply.TimeToLive)).Append(FindingLife.Ceiling).Min();
}
