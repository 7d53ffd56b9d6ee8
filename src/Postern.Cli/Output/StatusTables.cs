using System.Collections.Immutable;
using System.Globalization;
using Postern.Configuration.Control;
using Spectre.Console;

namespace Postern.Cli.Output;

/// <summary>A status report for a person.</summary>
internal static class StatusTables
{
    /// <summary>Let's Encrypt renews a month before the end: one that has less left was not renewed.</summary>
    private const int DaysToWorry = 21;

    public static void Write(IAnsiConsole console, StatusReport status, DateTimeOffset now)
    {
        Say(console, $"posternd {status.Version}, up {Span(now - status.StartedAt)}");
        Say(console, $"configuration {status.ConfigurationFile}, in force for {Span(now - status.ConfiguredAt)}");
        foreach (string notice in status.Notices)
            Say(console, "notice: " + notice, "yellow");

        Gates(console, status.Gates);
        Discoveries(console, status.Gates);
        Endings(console, status.Gates);
        Certificates(console, status.Certificates, now);
        Generations(console, status.Generations, now);
    }

    private static void Gates(IAnsiConsole console, ImmutableArray<GateStatus> gates)
    {
        Table table = New("gate", "protocol", "tls", "listen", "#live", "#accepted", "#from clients", "#to clients");
        foreach (GateStatus gate in gates)
        {
            table.AddRow(
                Cell(gate.Name), Cell(gate.Protocol), Cell(gate.Tls), Cell(string.Join('\n', gate.Listen), keepLines: true),
                Cell(Number(gate.Live)), Cell(Number(gate.Accepted)), Cell(Bytes(gate.BytesFromClients)), Cell(Bytes(gate.BytesToClients)));
        }

        Show(console, table);
    }

    /// <summary>Where the backends are that the operator left to be found.</summary>
    private static void Discoveries(IAnsiConsole console, ImmutableArray<GateStatus> gates)
    {
        // A posternd of before says nothing of it.
        Table table = New("gate", "discovered");
        foreach (GateStatus gate in gates.Where(gate => !gate.Discovered.IsDefaultOrEmpty))
            table.AddRow(Cell(gate.Name), Cell(string.Join('\n', gate.Discovered), keepLines: true));

        if (table.Rows.Count > 0)
            Show(console, table);
    }

    /// <summary>Why connections ended and how far they came; only what happened at all.</summary>
    private static void Endings(IAnsiConsole console, ImmutableArray<GateStatus> gates)
    {
        Table table = New("gate", "ended", "reached");
        foreach (GateStatus gate in gates.Where(gate => gate.Outcomes.Values.Any(count => count > 0)))
            table.AddRow(Cell(gate.Name), Counts(gate.Outcomes, bad: Refused), Counts(gate.Stages, bad: _ => false));

        if (table.Rows.Count > 0)
            Show(console, table);
    }

    private static void Certificates(IAnsiConsole console, ImmutableArray<CertificateStatus> certificates, DateTimeOffset now)
    {
        Table table = New("certificate", "names", "key", "until", "#days left");
        foreach (CertificateStatus certificate in certificates)
        {
            int days = (int)Math.Floor((certificate.NotAfter - now).TotalDays);
            string style = days < 0 ? "red" : days < DaysToWorry ? "yellow" : "green";
            string left = days < 0 ? "expired" : days.ToString(CultureInfo.InvariantCulture);
            table.AddRow(
                Cell(certificate.Name), Cell(string.Join('\n', certificate.DnsNames), keepLines: true), Cell(certificate.KeyType),
                Cell(certificate.NotAfter.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture)), Cell(left, style));
        }

        if (table.Rows.Count > 0)
            Show(console, table);
    }

    private static void Generations(IAnsiConsole console, ImmutableArray<GenerationStatus> generations, DateTimeOffset now)
    {
        Table table = New("#generation", "state", "since", "role", "#process", "#live", "#restarts");
        foreach (GenerationStatus generation in generations)
        {
            string number = Number(generation.Number);
            string state = generation.State;
            string since = Span(now - generation.Since);
            table.AddRow(
                Cell(number), Cell(state), Cell(since), Cell("key agent"), Process(generation.KeyAgent.Pid), Cell(""), Restarts(generation.KeyAgent.Restarts));
            table.AddRow(
                Cell(""), Cell(""), Cell(""), Cell("dialer"), Process(generation.Dialer.Pid), Cell(""), Restarts(generation.Dialer.Restarts));
            if (generation.Nursery is { } nursery)
                table.AddRow(Cell(""), Cell(""), Cell(""), Cell("nursery"), Process(nursery.Pid), Cell(""), Restarts(nursery.Restarts));
            if (generation.Resolver is { } resolver)
                table.AddRow(Cell(""), Cell(""), Cell(""), Cell("resolver"), Process(resolver.Pid), Cell(""), Restarts(resolver.Restarts));
            if (generation.Recorder is { } recorder)
                table.AddRow(Cell(""), Cell(""), Cell(""), Cell("recorder"), Process(recorder.Pid), Cell(""), Restarts(recorder.Restarts));
            string workers = generation.Nursery is null ? "worker" : "porter";
            foreach (WorkerStatus worker in generation.Workers.DefaultIfEmpty(new WorkerStatus(0, 0, 0)))
                table.AddRow(Cell(""), Cell(""), Cell(""), Cell(workers), Process(worker.Pid), Cell(Number(worker.Live)), Restarts(worker.Restarts));
        }

        Show(console, table);
    }

    private static Text Process(int pid) => Cell(pid == 0 ? "none" : pid.ToString(CultureInfo.InvariantCulture), pid == 0 ? "yellow" : null);

    private static Text Restarts(int count) => Cell(Number(count), count > 0 ? "yellow" : null);

    private static bool Refused(string outcome) =>
        outcome.StartsWith("refused:", StringComparison.Ordinal) || outcome is "handshake-failed" or "tls-error" or "shed" or "process-died"
            or "backend-unreachable" or "backend-refused" or "backend-invalid" or "backend-no-starttls" or "backend-tls-failed"
            or "backend-untrusted" or "backend-unproved" or "backend-injection" or "proxy-header-foreign" or "proxy-header-invalid";

    private static Text Counts(ImmutableDictionary<string, long> counts, Predicate<string> bad)
    {
        ImmutableArray<KeyValuePair<string, long>> happened =
            [.. counts.Where(count => count.Value > 0).OrderByDescending(count => count.Value).ThenBy(count => count.Key, StringComparer.Ordinal)];
        string text = string.Join('\n', happened.Select(count => $"{Number(count.Value)} {count.Key}"));
        return Cell(text, happened.Any(count => bad(count.Key)) ? "yellow" : null, keepLines: true);
    }

    private static Table New(params string[] columns)
    {
        var table = new Table { Border = TableBorder.Simple, ShowRowSeparators = false };
        foreach (string column in columns)
        {
            // "#" marks a number, which stands to the right.
            bool number = column[0] == '#';
            var header = new TableColumn(new Text(column.TrimStart('#'), new Style(decoration: Decoration.Bold))) { NoWrap = true };
            table.AddColumn(number ? header.RightAligned() : header);
        }

        return table;
    }

    private static Text Cell(string text, string? style = null, bool keepLines = false)
    {
        string safe = keepLines ? string.Join('\n', text.Split('\n').Select(PeerText.Escape)) : PeerText.Escape(text);
        return new Text(safe, style is null ? Style.Plain : Style.Parse(style));
    }

    private static void Show(IAnsiConsole console, Table table) => console.Write(table);

    private static void Say(IAnsiConsole console, string line, string? style = null)
    {
        console.Write(Cell(line, style));
        console.WriteLine();
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Bytes(long value) => value switch
    {
        < 10_000 => string.Create(CultureInfo.InvariantCulture, $"{value} B"),
        < 10_000_000 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e3:0.0} kB"),
        < 10_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e6:0.0} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{value / 1e9:0.0} GB"),
    };

    internal static string Span(TimeSpan time) => time switch
    {
        { TotalDays: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalDays} d {time.Hours} h"),
        { TotalHours: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.Hours} h {time.Minutes} min"),
        { TotalMinutes: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.Minutes} min {time.Seconds} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, (int)time.TotalSeconds)} s"),
    };
}
