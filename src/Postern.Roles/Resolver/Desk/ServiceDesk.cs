using Postern.Engine.Outbound;
using Postern.Interop.LibSsl;
using Postern.Policy.Dns;
using Postern.Policy.Operator;
using Postern.Policy.Service;
using Postern.Resolver;
using Postern.Roles.Resolver.Wire;

namespace Postern.Roles.Resolver.Desk;

/// <summary>Which XMPP servers a domain has and what each must show: from a cache, or by a survey. Called by several threads.</summary>
internal sealed class ServiceDesk
{
    /// <summary>Findings that are kept, of which each has some kilobytes.</summary>
    public const int MaxFindings = 10_000;

    /// <summary>A survey begins nothing after this. The local server waits, with its own time limit, and has the connection yet before it.</summary>
    public static readonly TimeSpan SurveyLimit = TimeSpan.FromSeconds(20);

    private readonly DeskSettings _settings;
    private readonly ServiceSurveyor _surveyor;
    private readonly TimeProvider _clock;
    private readonly AlarmBell _bell;
    private readonly DomainCache<Kept<ServiceAnswer>> _cache = new(MaxFindings);
    private readonly Crew<DnsName, ServiceAnswer> _crew;
    private long _forgotten;

    /// <param name="settings">The operator's word.</param>
    /// <param name="surveyor">Asks the DNS.</param>
    /// <param name="clock">The time.</param>
    /// <param name="alarm">One line for the operator.</param>
    /// <param name="hands">As <see cref="Crew{TSubject, TFound}.Hands"/>.</param>
    /// <param name="waiting">As <see cref="Crew{TSubject, TFound}.MaxWaiting"/>.</param>
    public ServiceDesk(
        DeskSettings settings,
        ServiceSurveyor surveyor,
        TimeProvider clock,
        Action<string> alarm,
        int hands = Crew<DnsName, ServiceAnswer>.Hands,
        int waiting = Crew<DnsName, ServiceAnswer>.MaxWaiting)
    {
        _settings = settings;
        _surveyor = surveyor;
        _clock = clock;
        _bell = new AlarmBell(alarm, clock);
        _crew = new Crew<DnsName, ServiceAnswer>((domain, _) => Survey(domain), _ => false, hands, waiting);
    }

    public int Findings => _cache.Count;

    /// <param name="text">Of a stream's header: any.</param>
    /// <param name="done">Once, on this thread or on another. Must not wait.</param>
    public void Ask(string text, Action<ServiceAnswer> done)
    {
        ArgumentNullException.ThrowIfNull(done);
        if (DnsName.Read(text) is not { } domain)
            done(Nobody(ServiceRefusalKind.HostUnknown, "the domain is no name of the DNS"));
        else if (_cache.Find(domain) is { } known && known.Holds(_clock.GetUtcNow()))
            done(known.Answer);
        else if (!_crew.Ask(domain, done))
            done(Nobody(ServiceRefusalKind.ConnectionFailed, "too many domains are being looked up; try again"));
    }

    /// <summary>It is surveyed again before it is answered about.</summary>
    public void Forget(DnsName domain)
    {
        _ = Interlocked.Increment(ref _forgotten);
        _cache.Forget(domain);
    }

    private ServiceAnswer Survey(DnsName domain)
    {
        DateTimeOffset now = _clock.GetUtcNow();
        long forgotten = Interlocked.Read(ref _forgotten);
        TableEntry entry = _settings.ServiceTable.Find(domain, now);
        string broken = $"the XMPP servers of {domain} cannot be looked up";
        ServiceFinding? found = _bell.Guard($"service {domain}", broken, () => Surveyed(domain, now, entry), out bool isBroken);
        string reason = isBroken ? broken : $"the XMPP servers of {domain} cannot be found out in time";
        ServiceAnswer answer = found is null ? Nobody(ServiceRefusalKind.ConnectionFailed, reason) : ServiceReply.Fitting(found);
        DateTimeOffset until = now + (found is null ? FindingLife.OfFailure : FindingLife.Of(found.Replies));

        // What was forgotten meanwhile is not brought back.
        if (Interlocked.Read(ref _forgotten) == forgotten)
            _cache.Keep(domain, new Kept<ServiceAnswer>(answer, now, FindingLife.Until(until, entry.Rule)));
        return answer;
    }

    private ServiceFinding? Surveyed(DnsName domain, DateTimeOffset now, TableEntry entry)
    {
        foreach (OperatorRule expired in entry.Expired)
            _bell.Ring($"expired {expired.Scope}", $"the rule has expired and does not hold: {expired}");
        return _surveyor.Run(CaseOf(domain, now), SurveyLimit);
    }

    private ServiceCase CaseOf(DnsName domain, DateTimeOffset now) => new()
    {
        Domain = domain,
        Now = now,
        Table = _settings.ServiceTable,
        Default = _settings.Default,
        DialsPrivateHosts = _settings.AllowsPrivate,
        Mix = RandomNumber.Draw() | 1,
    };

    private static ServiceAnswer Nobody(ServiceRefusalKind kind, string text) => new([], new ServiceRefusal(kind, text));
}
