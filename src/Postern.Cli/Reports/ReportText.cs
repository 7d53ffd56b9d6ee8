using System.Globalization;
using Postern.Cli.Output;
using Postern.Policy.TlsRpt;

namespace Postern.Cli.Reports;

/// <summary>Received reports for people: a line for each policy, one for each way to fail. All texts are others'.</summary>
internal static class ReportText
{
    private const string Margin = "  ";

    public static void Write(string file, TlsReport report, Paint paint)
    {
        paint.Heading($"{PeerText.Escape(file)}: {Shown(report.Organization)}, {Days(report)}");
        paint.Aside($"{Margin}report {Shown(report.Id)}, contact {Shown(report.Contact)}");
        foreach (PolicyReport policy in report.Policies)
            Write(policy, paint);
    }

    /// <summary>Of several reports together.</summary>
    public static void WriteSum(IReadOnlyCollection<TlsReport> reports, Paint paint)
    {
        paint.Line();
        paint.Heading($"{Number(reports.Count)} reports together");
        foreach (var policy in reports.SelectMany(report => report.Policies).GroupBy(policy => (policy.Policy.Type, policy.Policy.Domain)).OrderBy(group => group.Key.Domain, StringComparer.Ordinal))
        {
            WriteCounts(policy.Key.Type, policy.Key.Domain, Sum(policy.Select(one => one.Successful)), Sum(policy.Select(one => one.Failed)), paint);
            foreach (var failure in policy.SelectMany(one => one.Failures).GroupBy(failure => failure.Result).OrderByDescending(group => Sum(group.Select(one => one.Count))))
                paint.Mark($"{Margin}{Margin}{Shown(failure.Key)}: {Number(Sum(failure.Select(one => one.Count)))}");
        }
    }

    private static void Write(PolicyReport policy, Paint paint)
    {
        WriteCounts(policy.Policy.Type, policy.Policy.Domain, policy.Successful, policy.Failed, paint);
        foreach (FailureDetail failure in policy.Failures)
            paint.Mark($"{Margin}{Margin}{Shown(failure.Result)}: {Number(failure.Count)}{Where(failure)}");
    }

    private static void WriteCounts(PolicyType type, string domain, long successful, long failed, Paint paint)
    {
        string line = $"{Margin}{ReportWords.Of(type)} {Shown(domain)}: {Number(successful)} sessions as they should be, {Number(failed)} failed";
        if (failed > 0)
            paint.Bad(line);
        else
            paint.Good(line);
    }

    private static string Where(FailureDetail failure)
    {
        string text = "";
        foreach ((string word, string? value) in ((string, string?)[])
        [
            (" from ", failure.SendingIp), (" to ", failure.ReceivingHost), (" at ", failure.ReceivingIp), (", HELO ", failure.ReceivingHelo),
            (", reason ", failure.ReasonCode), (", see ", failure.MoreInformation),
        ])
        {
            if (!string.IsNullOrEmpty(value))
                text += word + Shown(value);
        }

        return text;
    }

    private static string Days(TlsReport report) => report.Start.UtcDateTime.Date == report.End.UtcDateTime.Date && report.Start.UtcDateTime.TimeOfDay == TimeSpan.Zero
        ? report.Start.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{report.Start.UtcDateTime:yyyy-MM-dd HH:mm:ss'Z'} to {report.End.UtcDateTime:yyyy-MM-dd HH:mm:ss'Z'}");

    /// <summary>Counts are others' too: their sum may be more than there are numbers.</summary>
    private static long Sum(IEnumerable<long> counts) => (long)counts.Aggregate(UInt128.Zero, (sum, count) => UInt128.Min(sum + (ulong)count, long.MaxValue));

    private static string Number(long count) => count.ToString(CultureInfo.InvariantCulture);

    private static string Shown(string text) => PeerText.Escape(text.Length <= PeerText.MaxShown ? text : text[..PeerText.MaxShown] + "…");
}
