using System.Collections.Immutable;
using System.Text;
using Postern.Configuration.Reading;
using Postern.Configuration.Settings;
using Postern.Policy.Operator;
using Postern.Policy.StartTlsEverywhere;

namespace Postern.Configuration.Loading;

/// <summary>Reads what [policy] and [resolver] name, for whoever asks the DNS and decides where mail may go.</summary>
internal static class ResolverLoader
{
    /// <summary>The root has two or three keys.</summary>
    private const int MaxAnchorBytes = 64 * 1024;

    /// <param name="settings">As they were read.</param>
    /// <param name="authorities">The system's, which policy hosts are verified against.</param>
    /// <param name="problems">Where errors are said; after one, what is returned is of no use.</param>
    /// <param name="now">By which rules and lists expire.</param>
    public static ResolverSnapshot Load(PosternSettings settings, byte[] authorities, ProblemList problems, DateTimeOffset now)
    {
        PolicySettings policy = settings.Policy;
        WarnOfExpired(policy, settings.Source, problems, now);
        var snapshot = new ResolverSnapshot
        {
            TrustedResolver = settings.Resolver.TrustedResolver?.ToString(),
            Forwarder = settings.Resolver.Forwarder?.ToString(),
            Anchor = LoadAnchor(settings, problems),
            Default = PolicyReader.WordOf(policy.Default),
            RefusesLoss = policy.RefusesLoss,
            AllowsPrivate = policy.AllowsPrivate,
            Rules = [.. policy.Rules.Select(PolicyTable.Write)],
            Lists = LoadLists(settings, problems, now),
            AuthoritiesPem = authorities,
            Port = settings.Gates.Select(gate => gate.Outbound?.Port).FirstOrDefault(port => port > 0) ?? OutboundSettings.SmtpPort,
            State = policy.State,
            Reports = settings.TlsRpt is { } reports
                ? new ReportSnapshot(reports.Organization, reports.Contact, reports.From, reports.Relay.ToString(), settings.Server.HostName)
                : null,
        };

        // Whoever gets this makes the same table of it.
        if (PolicyTable.Read(snapshot, out string wrong) is null)
            problems.Error(settings.Source.Find("policy"), "policy", wrong);
        return snapshot;
    }

    private static void WarnOfExpired(PolicySettings policy, SourceMap source, ProblemList problems, DateTimeOffset now)
    {
        foreach ((int index, OperatorRule rule) in policy.Rules.Index())
        {
            string key = $"policy.rule[#{index + 1}].expires";
            if (rule.IsExpired(now))
                problems.Warning(source.Find(key), key, $"the rule for {rule.Scope} expired on {DateText.Write(rule.Expires!.Value)}: it is as if it were not there");
        }
    }

    private static string? LoadAnchor(PosternSettings settings, ProblemList problems)
    {
        const string Key = "resolver.anchor";
        if (settings.Resolver.Anchor is not { } path)
            return null;

        Position at = settings.Source.Find(Key);
        if (FileContent.Read(path, MaxAnchorBytes, out string wrong) is not { } content)
            problems.Error(at, Key, wrong);
        else if (AnchorText.Wrong(Encoding.Latin1.GetString(content)) is { } reason)
            problems.Error(at, Key, $"{Quoted.Escape(path)} {reason}");
        else
            return Encoding.Latin1.GetString(content);
        return null;
    }

    private static ImmutableArray<PolicyListText> LoadLists(PosternSettings settings, ProblemList problems, DateTimeOffset now)
    {
        const string Key = "policy.import";
        var lists = ImmutableArray.CreateBuilder<PolicyListText>();
        foreach ((int index, string path) in settings.Policy.Import.Index())
        {
            Position at = settings.Source.Find($"{Key}[#{index + 1}]");
            if (FileContent.Read(path, PolicyListReader.MaxBytes, out string wrong) is not { } json)
            {
                problems.Error(at, Key, wrong);
                continue;
            }

            PolicyListResult result = PolicyListReader.Read(json);
            if (result.List is not { } list)
            {
                problems.Error(at, Key, $"{Quoted.Escape(path)} is no list of STARTTLS Everywhere: {result.Reason}");
                continue;
            }

            if (list.IsExpired(now))
                problems.Warning(at, Key, $"{Quoted.Escape(path)} expired on {DateText.Write(list.Expires)}: it is as if it were not there");
            lists.Add(new PolicyListText(path, json));
        }

        return lists.ToImmutable();
    }
}
