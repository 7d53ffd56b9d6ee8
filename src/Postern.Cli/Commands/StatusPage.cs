using System.Globalization;
using Postern.Configuration.Control;
using Spectre.Console;

namespace Postern.Cli.Commands;

/// <summary>A status report for a person.</summary>
internal static class StatusPage
{
    /// <summary>Below this many days a certificate is worth a colour.</summary>
    private const int SoonDays = 14;

    public static void Write(IAnsiConsole console, StatusReport status, DateTimeOffset now)
    {
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"posternd {status.Version}, up {Age(now - status.StartedAt)}, configured {Age(now - status.ConfiguredAt)} ago from {status.ConfigurationFile}"));
        foreach (string notice in status.Notices)
            console.MarkupLineInterpolated($"[yellow]{notice}[/]");

        console.WriteLine();
        console.Write(Gates(status));
        console.Write(Generations(status, now));
        if (status.Certificates.Length > 0)
            console.Write(Certificates(status, now));
    }

    private static Table Gates(StatusReport status)
    {
        Table table = New("gate", "protocol", "tls", "listen", "live", "accepted", "in", "out", "ended");
        foreach (GateStatus gate in status.Gates)
        {
            string outcomes = string.Join(", ", gate.Outcomes.OrderByDescending(outcome => outcome.Value).Select(outcome => $"{outcome.Value} {outcome.Key}"));
            Row(table, gate.Name, gate.Protocol, gate.Tls, string.Join(' ', gate.Listen), Number(gate.Live), Number(gate.Accepted), Size(gate.BytesFromClients), Size(gate.BytesToClients), outcomes);
        }

        return table;
    }

    private static Table Generations(StatusReport status, DateTimeOffset now)
    {
        Table table = New("generation", "state", "age", "workers (pid: live)", "restarts");
        foreach (GenerationStatus generation in status.Generations)
        {
            Row(
                table,
                Number(generation.Number),
                generation.State,
                Age(now - generation.Since),
                string.Join(", ", generation.Workers.Select(worker => $"{worker.Pid}: {worker.Live}")),
                Number(generation.Workers.Sum(worker => worker.Restarts)));
        }

        return table;
    }

    private static Table Certificates(StatusReport status, DateTimeOffset now)
    {
        Table table = New("certificate", "key", "names", "expires");
        foreach (CertificateStatus certificate in status.Certificates)
        {
            int days = (int)(certificate.NotAfter - now).TotalDays;
            string expires = certificate.NotAfter < now ? "EXPIRED " : $"in {days} days, ";
            string date = certificate.NotAfter.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
            string colour = certificate.NotAfter < now ? "red" : days < SoonDays ? "yellow" : "default";
            _ = table.AddRow(
                new Text(certificate.Name), new Text(certificate.KeyType), new Text(string.Join(' ', certificate.DnsNames)),
                new Markup($"[{colour}]{Markup.Escape(expires + date)}[/]"));
        }

        return table;
    }

    private static Table New(params string[] columns)
    {
        Table table = new Table().Border(TableBorder.None);
        foreach (string column in columns)
            _ = table.AddColumn(new TableColumn(new Text(column, new Style(decoration: Decoration.Bold))).PadRight(3));
        return table;
    }

    private static void Row(Table table, params string[] cells) => _ = table.AddRow(cells.Select(cell => new Text(cell)));

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Size(long bytes) => bytes switch
    {
        < 10_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
        < 10_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:F1} kB"),
        < 10_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:F1} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:F1} GB"),
    };

    private static string Age(TimeSpan age) => age switch
    {
        { TotalMinutes: < 2 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, age.TotalSeconds):F0} s"),
        { TotalHours: < 2 } => string.Create(CultureInfo.InvariantCulture, $"{age.TotalMinutes:F0} min"),
        { TotalDays: < 2 } => string.Create(CultureInfo.InvariantCulture, $"{age.TotalHours:F0} h"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{age.TotalDays:F0} days"),
    };
}
