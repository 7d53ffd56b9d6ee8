using System.CommandLine;
using Postern.Cli.Output;
using Postern.Cli.Reports;
using Postern.Policy.TlsRpt;

namespace Postern.Cli.Commands;

/// <summary><c>postern tlsrpt show FILE…</c>: what others report about mail to us.</summary>
internal static class TlsRptShowCommand
{
    public static Command Create(TextWriter output, TextWriter errors)
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = $"A report: JSON, the same in gzip, or the mail that brought it; {ReportFile.Input} is standard input",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<bool> json = SharedOptions.Json("Print one JSON object instead of text");
        var command = new Command("show", "Show reports that others sent: sessions by policy, failures by kind") { files, json };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(files), parsed.GetValue(json), output, errors));
        return command;
    }

    private static int Run(string[] files, bool json, TextWriter output, TextWriter errors)
    {
        (string File, ReportResult Result)[] read = [.. files.Select(file => (file, ReportFile.Read(file)))];
        TlsReport[] reports = [.. read.Select(one => one.Result.Report).OfType<TlsReport>()];
        if (json)
        {
            output.WriteLine(new ShownReports([.. read.Select(one => ShownReports.Of(one.File, one.Result))]).Json());
        }
        else
        {
            var paint = new Paint(output, Terminal.HasColour(output));
            foreach ((string file, ReportResult result) in read)
            {
                if (result.Report is { } report)
                    ReportText.Write(file, report, paint);
                else
                    errors.WriteLine($"postern: {PeerText.Escape(file)}: {PeerText.Escape(result.Reason)}");
            }

            if (reports.Length > 1)
                ReportText.WriteSum(reports, paint);
        }

        return reports.Length == read.Length ? ExitStatus.Good : ExitStatus.Failed;
    }
}
