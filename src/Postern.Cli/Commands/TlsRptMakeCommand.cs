using System.CommandLine;
using Postern.Cli.Output;
using Postern.Cli.State;
using Postern.Policy.Dns;
using Postern.Policy.TlsRpt;
using Postern.Store;

namespace Postern.Cli.Commands;

/// <summary><c>postern tlsrpt make</c>: the reports of a day, one for each domain, out of what was counted.</summary>
internal static class TlsRptMakeCommand
{
    public static Command Create(TextWriter output, TextWriter errors)
    {
        var day = new Option<string>("--day") { HelpName = "YYYY-MM-DD", Description = "Of which day, in UTC [default: yesterday]" };
        var contact = new Option<string>("--contact") { HelpName = "MAILBOX", Description = "Whom others may ask about the reports; its domain is their sender", Required = true };
        var organization = new Option<string>("--organization") { HelpName = "NAME", Description = "Whose reports they are [default: the contact's domain]" };
        var directory = new Option<string>("--directory") { HelpName = "DIR", Description = "Write each as a file for sending (gzip) [default: print each as a line of JSON]" };
        Option<string> state = StateDirectory.Option();
        Option<string> configuration = SharedOptions.Configuration("Find the directory of what was counted in this configuration");
        var command = new Command("make", "Make the reports of a day, one for each domain, out of what was counted") { day, contact, organization, directory, state, configuration };
        command.Validators.Add(result =>
        {
            if (result.GetValue(day) is { } text && ReportDay.Read(text) is null)
                result.AddError($"{PeerText.Escape(text)} is no day, as 2026-11-27 is one.");
            if (result.GetValue(contact) is { } mailbox && SubmitterOf(mailbox) is null)
                result.AddError($"{PeerText.Escape(mailbox)} is no mailbox, as postmaster@example.org is one.");
        });
        command.SetAction(parsed =>
        {
            string mailbox = parsed.GetRequiredValue(contact);
            DnsName submitter = SubmitterOf(mailbox)!;
            ReportDay chosen = parsed.GetValue(day) is { } text ? ReportDay.Read(text)!.Value : ReportDay.Of(DateTimeOffset.UtcNow.AddDays(-1));
            return Run(chosen, submitter, mailbox, parsed.GetValue(organization) ?? submitter.Text, parsed.GetValue(directory), StateDirectory.Of(parsed.GetValue(state), parsed.GetValue(configuration), errors), output, errors);
        });
        return command;
    }

    private static int Run(ReportDay day, DnsName submitter, string contact, string organization, string? directory, string? state, TextWriter output, TextWriter errors)
    {
        using StoreFile? file = state is null ? null : StateDirectory.Find(state, errors);
        if (file is null)
            return ExitStatus.Failed;
        if (file.Sessions.Read(day, out SessionTally tally) is { } fault)
        {
            StateDirectory.Say(fault, errors);
            return ExitStatus.Failed;
        }

        int made = 0;
        foreach (TlsReport report in tally.ToReports(day, organization, contact, domain => ReportNames.Id(day, domain, submitter)))
        {
            made++;
            if (directory is null)
                output.WriteLine(System.Text.Encoding.UTF8.GetString(ReportWriter.Write(report)));
            else if (!Save(Path.Combine(directory, ReportNames.FileName(submitter, DnsName.Read(report.Policies[0].Policy.Domain) ?? submitter, report)), report, output, errors))
                return ExitStatus.Failed;
        }

        if (made == 0)
            errors.WriteLine($"postern: no session was counted on {day}");
        return ExitStatus.Good;
    }

    private static bool Save(string path, TlsReport report, TextWriter output, TextWriter errors)
    {
        try
        {
            File.WriteAllBytes(path, ReportParcel.Pack(report));
            output.WriteLine(PeerText.Escape(path));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            errors.WriteLine("postern: " + PeerText.Escape(e.Message));
            return false;
        }
    }

    /// <summary>The domain of a mailbox that could stand in an rua.</summary>
    private static DnsName? SubmitterOf(string mailbox) =>
        ReportTarget.MailboxOf(mailbox) is not null ? DnsName.Read(mailbox.AsSpan(mailbox.LastIndexOf('@') + 1)) : null;
}
