using System.Collections.Immutable;
using Postern.Engine.Outbound;
using Postern.Interop.LibSsl;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.Memory;
using Postern.Policy.MtaSts;
using Postern.Policy.Operator;
using Postern.Policy.Survey;
using Postern.Policy.TlsRpt;
using Postern.Resolver;

namespace Postern.Roles.Resolver.Desk;

/// <summary>Where mail for a domain goes and what each host must show: from a cache, or by a survey. Called by several threads.</summary>
public sealed class RouteDesk
{
    /// <summary>Findings that are kept, of which each has some kilobytes.</summary>
    public const int MaxFindings = 10_000;

    /// <summary>Answers that are remembered for what is told of them.</summary>
    public const int MaxTickets = 8192;

    /// <summary>
    /// A survey begins nothing after this, and nothing that it begins takes longer than a minute. RFC 5321 §4.5.3.2.3: a client
    /// waits five minutes for the answer to RCPT, in which there is a connection to be made yet.
    /// </summary>
    public static readonly TimeSpan SurveyLimit = TimeSpan.FromSeconds(90);

    /// <summary>Of an answer of which nothing is to be told.</summary>
    private const ulong NoTicket = 0;

    private readonly DeskSettings _settings;
    private readonly Surveyor _surveyor;
    private readonly IDomainStore _store;
    private readonly TimeProvider _clock;
    private readonly AlarmBell _bell;
    private readonly HopLedger _ledger;
    private readonly DomainCache<Finding> _cache = new(MaxFindings);
    private readonly TicketBook _tickets = new(MaxTickets);
    private long _forgotten;

    /// <param name="settings">The operator's word.</param>
    /// <param name="surveyor">Asks the DNS and policy hosts.</param>
    /// <param name="store">Remembers.</param>
    /// <param name="clock">The time.</param>
    /// <param name="alarm">One line for the operator.</param>
    public RouteDesk(DeskSettings settings, Surveyor surveyor, IDomainStore store, TimeProvider clock, Action<string> alarm)
    {
        _settings = settings;
        _surveyor = surveyor;
        _store = store;
        _clock = clock;
        _bell = new AlarmBell(alarm, clock);
        _ledger = new HopLedger(store, _bell, clock);
    }

    public int Findings => _cache.Count;

    /// <summary>The answer without asking anybody; null when the domain is to be surveyed first.</summary>
    /// <param name="question">Any.</param>
    /// <param name="asker">Whose; who tells of the answer later is the same.</param>
    /// <param name="domain">Which is to be surveyed.</param>
    public RouteAnswer? Recall(RouteQuestion question, int asker, out DnsName? domain)
    {
        ArgumentNullException.ThrowIfNull(question);
        domain = DnsName.Read(question.Domain);

        // RFC 3463 §3.2: X.1.2, bad destination system address. For good: it would be the same tomorrow.
        if (domain is null)
            return new RouteAnswer(0, [], new SmtpRefusal(550, "5.1.2", "the domain of the address is no name of the DNS"));
        DateTimeOffset now = _clock.GetUtcNow();

        // A clock that was set back makes none hold for longer.
        return _cache.Find(domain) is { } finding && finding.Made <= now && now < finding.Until ? Answer(finding, question, asker) : null;
    }

    /// <summary>The answer from a finding.</summary>
    public RouteAnswer Answer(Finding finding, RouteQuestion question, int asker)
    {
        ArgumentNullException.ThrowIfNull(finding);
        ArgumentNullException.ThrowIfNull(question);
        if (question.IsReport)
            return new RouteAnswer(NoTicket, finding.ForReports.Hops, finding.ForReports.Refusal);
        Course course = question.RequireTls ? finding.Raised : finding.Plain;
        foreach (HostVerdict verdict in course.Verdicts)
            _ledger.Skipped(verdict);
        return new RouteAnswer(_tickets.Give(finding.Domain, course, asker), course.Hops, course.Refusal) { Sts = finding.Sts };
    }

    /// <summary>Asks everybody who has to be asked, which takes its time.</summary>
    /// <param name="domain">Of the recipient.</param>
    /// <param name="refresh">Fetches a policy again that is due for it, in the background.</param>
    public Finding Survey(DnsName domain, bool refresh = false)
    {
        if (_bell.Guard($"survey {domain}", $"{domain} cannot be looked up", () => Surveyed(domain, refresh), out _) is { } found)
            return found;

        DateTimeOffset now = _clock.GetUtcNow();
        Finding? former = _cache.Find(domain);
        if (refresh && former is not null)
            return former;
        Finding finding = Standing(former, domain, now)
            ?? new Finding(domain, [], new SmtpRefusal(451, "4.4.3", $"{domain} cannot be looked up"), now, now + FindingLife.OfFailure);
        _cache.Keep(domain, finding);
        return finding;
    }

    private Finding Surveyed(DnsName domain, bool refresh)
    {
        DateTimeOffset now = _clock.GetUtcNow();
        Finding? former = _cache.Find(domain);
        bool wasRead = _store.TryFind(domain, out DomainMemory? memory);
        long forgotten = Interlocked.Read(ref _forgotten);
        TableEntry entry = _settings.Table.Find(domain, now);
        foreach (OperatorRule expired in entry.Expired)
            _bell.Ring($"expired {expired.Scope}", $"the rule has expired and does not hold: {expired}");

        SurveyFinding? found = _surveyor.Run(
            new SurveyCase
            {
                Domain = domain,
                Now = now,
                Table = _settings.Table,
                Default = _settings.Default,
                Sts = memory?.Sts,
                DeliveryFailed = former is { HasFailed: true },
                RefreshesNow = refresh,
                AllowsPrivateHosts = _settings.AllowsPrivate,
                DialsPrivateHosts = _settings.AllowsPrivate,
                Memory = memory?.Ratchet,
                RefusesLoss = _settings.RefusesLoss,
                Port = _settings.Port,
                Mix = RandomNumber.Draw() | 1,
            },
            SurveyLimit);

        // Who could not read what was known decides for a moment, and not for the hour that a TTL may have.
        Finding finding = found is null
            ? Standing(former, domain, now) ?? TooSlow(domain, now)
            : (FindingLife.IsOutage(found) ? Standing(former, domain, now) : null) ?? Made(found, domain, now, wasRead ? FindingLife.Until(found, now, entry.Rule) : now + FindingLife.OfFailure);

        // What was forgotten meanwhile is not brought back by what was known before.
        if (Interlocked.Read(ref _forgotten) != forgotten)
            return finding;
        if (found is not null)
            Remember(domain, found);
        _cache.Keep(domain, finding);
        return finding;
    }

    /// <summary>What a worker says came of a host. False when it refers to nothing that it was told.</summary>
    public bool Tell(HopResult result, int asker)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (_tickets.Find(result.Ticket, asker, out DnsName? domain) is not { } course || result.Host < 0 || result.Host >= course.Hops.Length)
            return false;
        HostVerdict verdict = course.Verdicts[result.Host];
        if (verdict.IsSkipped || !course.Hops[result.Host].Addresses.Contains(result.Address))
            return false;

        // A level more may make a demand of what was none.
        if (_ledger.Book(domain!, verdict, result) && _settings.RefusesLoss)
            _cache.Forget(domain!);
        if (result.Failure is not null && verdict.Source == PolicySource.MtaSts)
            LookAgain(domain!);
        return true;
    }

    /// <summary>It is surveyed again before it is answered about.</summary>
    public void Forget(DnsName domain)
    {
        _ = Interlocked.Increment(ref _forgotten);
        _cache.Forget(domain);
    }

    /// <summary>RFC 8461 §5.1: a newer policy is looked for, and not for each message.</summary>
    private void LookAgain(DnsName domain)
    {
        DateTimeOffset now = _clock.GetUtcNow();
        if (_cache.Find(domain) is not { } finding || (now - finding.Made).Duration() < StsControl.RecordLife)
            return;
        _cache.Keep(domain, new Finding(domain, finding.Verdicts, finding.Plain.Refusal, finding.Made, now) { PolicyUntil = finding.PolicyUntil, Sts = finding.Sts, HasFailed = true });
    }

    private static Finding Made(SurveyFinding found, DnsName domain, DateTimeOffset now, DateTimeOffset until) =>
        new(domain, found.Hosts, found.Refusal, now, until)
        {
            PolicyUntil = FindingLife.PolicyUntil(found, now),
            Sts = Reported(found.Sts),
            WantsRefresh = found.WantsRefresh,
        };

    /// <summary>What of the former finding holds while nobody answers; null: nothing.</summary>
    private static Finding? Standing(Finding? former, DnsName domain, DateTimeOffset now)
    {
        ImmutableArray<HostVerdict> holding = former is null ? [] : FindingLife.Holding(former, now);
        return holding.IsEmpty ? null : new Finding(domain, holding, null, former!.Made, now + FindingLife.OfFailure) { PolicyUntil = former.PolicyUntil, Sts = former.Sts };
    }

    private static ReportedPolicy? Reported(StsFinding? sts) => sts is { Mode: StsMode.Enforce, Policy: { } policy }
        ? new ReportedPolicy(PolicyType.Sts, sts.Domain.Text, policy.ToLines(), [.. policy.Hosts.Select(pattern => pattern.ToString())])
        : null;

    private static Finding TooSlow(DnsName domain, DateTimeOffset now) =>
        new(domain, [], new SmtpRefusal(451, "4.4.3", $"the policy of {domain} cannot be found out in time"), now, now + FindingLife.OfFailure);

    private void Remember(DnsName domain, SurveyFinding found)
    {
        foreach (HostVerdict verdict in found.Hosts)
        {
            if (verdict.Loss is { } loss)
                _ledger.Lost(loss);
        }

        if (found.Sts is { IsAlarm: true } sts)
            _bell.Ring($"sts {domain}", $"the MTA-STS policy of {domain} holds and cannot be fetched again: {sts.Failure!.Reason}");

        // What does not exist is not remembered: anybody can make up names. A policy that is held is not taken away by a survey that did
        // not know of it (RFC 8461 §5.1: a failure ends none).
        if (found.Route.Refusal is null)
            _ledger.Change(domain, known => DomainMemoryUnion.Of(known, known with { Sts = found.Memory ?? known.Sts }));
    }
}
