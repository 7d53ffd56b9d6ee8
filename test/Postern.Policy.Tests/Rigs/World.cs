using Postern.Policy.Dane;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.MtaSts;
using Postern.Policy.Operator;
using Postern.Policy.Ratchet;
using Postern.Policy.Rules;
using Postern.Policy.TlsRpt;

namespace Postern.Policy.Tests;

/// <summary>Answers the questions of decisions from a zone, counts them, and says what was decided in one line.</summary>
internal sealed class World(string zone)
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly Zone _zone = new(zone);

    /// <summary>Of the recipient's domain; null: none.</summary>
    public StsPolicy? Sts { get; init; }

    public FetchFailure? StsFailure { get; init; }

    public OperatorTable Table { get; init; } = OperatorTable.Empty;

    public Requirement Default { get; init; }

    public RatchetMemory? Memory { get; init; }

    public bool RefuseLoss { get; init; }

    public IReadOnlyList<TlsaRecord> Refused { get; init; } = [];

    /// <summary>The operator's next hop; null: the MX of example.org.</summary>
    public string? NextHop { get; init; }

    /// <summary>What was looked up, in order.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>mode:host,host</summary>
    public static StsPolicy Policy(string text)
    {
        string[] parts = text.Split(':');
        return new StsPolicy(Enum.Parse<StsMode>(parts[0], ignoreCase: true), TimeSpan.FromDays(7), [.. parts[1].Split(',').Select(pattern => MxPattern.Read(pattern)!)]);
    }

    public static OperatorTable Rules(params OperatorRule[] rules)
    {
        OperatorTable? table = OperatorTable.Make(rules, out var wrong);
        Assert.Empty(wrong);
        return table!;
    }

    public static OperatorRule Rule(string scope, Requirement require) => new(RuleScope.Read(scope)!, require);

    public MailRoute Route()
    {
        if (NextHop is not null)
            return MailRoute.ToNextHop(Zone.Name(NextHop));
        Asked.Add("MX of example.org");
        return MailRoute.From(_zone.Mx(Zone.Name("example.org")));
    }

    public List<HostVerdict> Verdicts(MailRoute route) => [.. route.Hosts.Select(mx => Verdict(route, mx.Host!))];

    public HostVerdict Verdict() => Verdicts(Route())[0];

    public HostVerdict Verdict(MailRoute route, DnsName host)
    {
        HostCase known = new()
        {
            Route = route,
            Host = host,
            Table = Table.Find(route.Domain, Noon),
            Default = Default,
            Memory = Memory,
            RefuseLoss = RefuseLoss,
            Refused = [.. Refused],
        };
        for (int questions = 0; questions < 10; questions++)
        {
            HostStep step = HostDecision.Decide(known);
            if (step.Verdict is { } verdict)
                return verdict;

            Question ask = step.Ask!;
            Asked.Add(ask.ToString());
            known = ask.Kind switch
            {
                QuestionKind.Addresses => known with { Addresses = _zone.Addresses(ask.Name) },
                QuestionKind.Alias => known with { AliasState = _zone.Alias(ask.Name) },
                QuestionKind.Tlsa => known with { Tlsa = known.Tlsa.Add(_zone.Tlsa(ask.Name)) },
                _ => known with { Sts = new StsFinding(ask.Name, Sts?.Mode ?? StsMode.None, Sts, StsFailure) },
            };
        }

        throw new InvalidOperationException("the decision asks on without end");
    }

    /// <summary>A line for a domain: a refusal, or what is decided for each host.</summary>
    public string Summary()
    {
        MailRoute route = Route();
        return route.Refusal is { } refusal
            ? $"{refusal.Code} {refusal.Enhanced}"
            : string.Join(" | ", Verdicts(route).Select(Describe));
    }

    public static string Describe(HostVerdict verdict)
    {
        if (verdict.Refusal is { } refusal)
            return $"{verdict.Host} skipped {refusal.Code} {refusal.Enhanced}{(verdict.Failure is { } failure ? " " + ReportWords.Of(failure) : "")}";

        TlsDemand demand = verdict.Demand;
        string what = demand.Proof switch
        {
            TlsProof.WebPki => $"webpki {string.Join(',', demand.Names)}",
            TlsProof.Dane => $"dane {string.Join(" + ", demand.Tlsa.Select(record => $"{(int)record.Usage} {(int)record.Selector} {(int)record.Matching}"))} for {string.Join(',', demand.Names)}",
            TlsProof.Pins => "pin",
            TlsProof.Encrypted => "tls",
            _ => "may",
        };
        string watched = verdict.Watch is { } watch ? $" watching {string.Join(',', watch.Names)}" : "";
        string reported = verdict.Failure is { } told ? " reporting " + ReportWords.Of(told) : "";
        string mx = verdict.MxAuthenticated ? "" : ", MX not authenticated";
        return $"{verdict.Host} {what}{watched}{reported}{mx}";
    }
}
