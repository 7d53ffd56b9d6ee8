using System.Collections.Immutable;
using System.Globalization;
using Postern.Cli.Output;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.MtaSts;
using Postern.Policy.Ratchet;
using Postern.Policy.Rules;
using Postern.Policy.Survey;
using Postern.Policy.TlsRpt;

namespace Postern.Cli.Explain;

/// <summary>What <c>postern explain</c> prints for people: look-ups, rules, a verdict for each host.</summary>
internal static class ExplainText
{
    private const string Margin = "  ";

    public static void Write(DnsName domain, SurveyFinding finding, Paint paint)
    {
        paint.Heading($"Mail for {domain}");
        paint.Line();
        WriteLookUps(finding.Replies, paint);
        if (finding.Policy is { } policy)
            Write(domain, policy, paint);

        WriteRules(finding.Rules, paint);
        paint.Line();
        paint.Heading("Verdict");
        foreach (HostVerdict host in finding.Hosts)
            Write(host, paint);
        if (finding.Refusal is { } refusal)
            paint.Bad($"{Margin}no host is tried: {PeerText.Escape(refusal.ToString())}");
    }

    /// <summary>Of any survey.</summary>
    public static void WriteLookUps(ImmutableArray<DnsReply> replies, Paint paint)
    {
        paint.Heading("Look-ups");
        foreach (DnsReply reply in replies)
            Write(reply, paint);
    }

    /// <summary>Of any survey.</summary>
    public static void WriteRules(ImmutableArray<FiredRule> rules, Paint paint)
    {
        paint.Line();
        paint.Heading("Rules");
        foreach (FiredRule rule in rules)
            paint.Line(Margin + PeerText.Escape(rule.ToString()));
    }

    private static void Write(DnsReply reply, Paint paint)
    {
        string alias = reply.Expanded == reply.Question.Name ? "" : $", an alias of {reply.Expanded}";
        string content = reply.Content switch
        {
            DnsContent.NoData => ", no such record",
            DnsContent.NoName => ", no such name",
            DnsContent.Nothing => reply.Reason.Length > 0 ? $" ({reply.Reason})" : "",
            _ => "",
        };
        string line = PeerText.Escape($"{Margin}{reply.Question}: {DnsWords.Of(reply.State)}{alias}{content}");
        if (reply.IsAnswer)
            paint.Line(line);
        else
            paint.Bad(line);
        foreach (string record in RecordText.Of(reply))
            paint.Aside(Margin + Margin + PeerText.Escape(record));
    }

    private static void Write(DnsName domain, StsFetchResult policy, Paint paint)
    {
        string line = $"{Margin}policy {StsFetch.AddressOf(domain)}: ";
        if (policy.Policy is not { } found)
        {
            paint.Bad(line + PeerText.Escape(policy.Reason));
            return;
        }

        paint.Line(line + "fetched");
        foreach (string text in found.ToLines())
            paint.Aside(Margin + Margin + PeerText.Escape(text));
    }

    private static void Write(HostVerdict host, Paint paint)
    {
        string addresses = host.Addresses.Addresses.IsEmpty ? "" : $" [{string.Join(", ", host.Addresses.Addresses)}]";
        if (host.Refusal is { } refusal)
        {
            paint.Bad($"{Margin}{host.Host}{addresses}: not tried: {PeerText.Escape(refusal.ToString())}");
            return;
        }

        string words = string.Create(CultureInfo.InvariantCulture, $"{Margin}{host.Host}{addresses}: {host.Demand}, by {PolicyWords.Of(host.Source)}");
        if (host.Demand.IsAuthenticated)
            paint.Good(words);
        else
            paint.Mark(words);
        paint.Line($"{Margin}{Margin}worth: {LevelWords.Of(host.Level)}; {(host.MxAuthenticated ? "known to be the domain's host" : "nothing says that it is the domain's host")}");
        if (host.Watch is { } watch)
            paint.Line($"{Margin}{Margin}watched and reported only: {watch}");
        if (host.Failure is { } failure)
            paint.Line($"{Margin}{Margin}reported as {ReportWords.Of(failure)}");
    }
}
