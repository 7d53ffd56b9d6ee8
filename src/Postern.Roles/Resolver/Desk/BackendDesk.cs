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

    /// <summary>Null: what is asked about has no name in the DNS.</summary>
    private readonly Dictionary<BackendQuestion, BackendCase?> _backends = [];

    /// <summary>By what is surveyed: several gates and addresses may come to the same.</summary>
    private readonly ConcurrentDictionary<BackendCase, Kept<DemandAnswer>> _known = [];
    private readonly BackendSurveyor _surveyor;
    private readonly TimeProvider _clock;
    private readonly AlarmBell _bell;
    private readonly Crew<BackendCase, DemandAnswer> _crew;

    /// <param name="backends">Of the configuration.</param>
    /// <param name="surveyor">Asks the DNS.</param>
    /// <param name="clock">The time.</param>
    /// <param name="alarm">One line for the operator.</param>
    public BackendDesk(ImmutableArray<DaneBackend> backends, BackendSurveyor surveyor, TimeProvider clock, Action<string> alarm)
    {
        foreach (DaneBackend backend in backends)
            _backends[new BackendQuestion(backend.Gate, backend.Route, backend.Index)] = backend.ToCase();

        _surveyor = surveyor;
        _clock = clock;
        _bell = new AlarmBell(alarm, clock);
        _crew = new Crew<BackendCase, DemandAnswer>((backend, _) => Survey(backend), _ => false, Hands, MaxWaiting);
    }

    /// <summary>False: there is no such backend.</summary>
    /// <param name="question">Any.</param>
    /// <param name="done">Once, on this thread or on another. Must not wait.</param>
    public bool Ask(BackendQuestion question, Action<DemandAnswer> done)
    {
        ArgumentNullException.ThrowIfNull(done);
        if (!_backends.TryGetValue(question, out BackendCase? backend))
            return false;
        if (backend is null)
        {
            done(new DemandAnswer(null, "it has no name in the DNS"));
            return true;
        }

        if (_known.TryGetValue(backend, out Kept<DemandAnswer>? known) && known.Holds(_clock.GetUtcNow()))
            done(known.Answer);
        else if (!_crew.Ask(backend, done))
            done(new DemandAnswer(null, "too many backends are being looked up"));
        return true;
    }

    private DemandAnswer Survey(BackendCase backend)
    {
        DateTimeOffset now = _clock.GetUtcNow();
        BackendFinding? found = _bell.Guard(
            $"survey {backend.Host}",
            $"what DANE says of {backend.Host}:{backend.Port} cannot be looked up",
            () => _surveyor.Run(backend, SurveyLimit),
            out bool isBroken);
        string reason = isBroken ? "it cannot be looked up" : "what DANE says of it cannot be found out in time";
        DemandAnswer answer = found is null ? new DemandAnswer(null, reason) : new DemandAnswer(found.Demand, found.Reason);
        _known[backend] = new Kept<DemandAnswer>(answer, now, now + LifeOf(found));
        return answer;
    }

    /// <summary>
    /// No longer than the DNS has it (RFC 6698 §A.4: who rolls a key over counts on it), and within the hour what has changed is seen.
    /// </summary>
    private static TimeSpan LifeOf(BackendFinding? found) => found is null or { HasFailed: true }
        ? OfFailure
        : found.Replies.Select(reply => TimeSpan.FromSeconds(reply.TimeToLive)).Append(FindingLife.Ceiling).Min();
}
