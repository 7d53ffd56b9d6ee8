using System.Globalization;
using Postern.Cli.Output;
using Postern.Policy.Memory;
using Postern.Policy.MtaSts;
using Postern.Policy.Ratchet;

namespace Postern.Cli.State;

/// <summary>What is known of a domain, for people.</summary>
internal static class MemoryText
{
    private const string Margin = "  ";

    public static void Write(DomainMemory memory, DateTimeOffset now, Paint paint)
    {
        paint.Heading(memory.Domain.Text);
        paint.Line($"{Margin}first seen {Time(memory.FirstSeen)}, last {Time(memory.LastSeen)}");
        if (memory.Sts is { } sts)
            Write(sts, now, paint);
        foreach (HostLevel host in memory.Ratchet?.Hosts ?? [])
            paint.Line(PeerText.Escape($"{Margin}{host.Host}: {LevelWords.Of(host.Level)}, from {Time(host.First)} to {Time(host.Last)}{(host.Evidence.Length > 0 ? $" ({host.Evidence})" : "")}"));
    }

    private static void Write(StsMemory sts, DateTimeOffset now, Paint paint)
    {
        if (sts.Held is { } held)
        {
            string words = $"{Margin}MTA-STS: {StsPolicy.Word(held.Policy.Mode)}, id {held.Id}, fetched {Time(held.FetchedAt)}";
            if (held.IsExpired(now))
                paint.Mark($"{words}, expired {Time(held.FetchedAt + held.Policy.MaxAge)}");
            else
                paint.Line($"{words}, holds until {Time(held.FetchedAt + held.Policy.MaxAge)}");
            if (!held.Policy.Hosts.IsEmpty)
                paint.Aside($"{Margin}{Margin}mx: {string.Join(", ", held.Policy.Hosts)}");
        }

        if (sts.Failure is { } failure)
            paint.Bad(PeerText.Escape($"{Margin}MTA-STS: the policy {failure.Id} could not be fetched {Time(failure.At)}: {failure.Reason}"));
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);
}
