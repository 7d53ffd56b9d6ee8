using System.Runtime.InteropServices;
using System.Security.Cryptography.X509Certificates;
using Postern.Cli.Daemon;
using Postern.Cli.Demo.Imap;
using Postern.Cli.Demo.Scenes;
using Postern.Cli.Output;

namespace Postern.Cli.Demo;

/// <summary>
/// The whole demo: plain servers, a certificate, a configuration, posternd with four gates on free loopback ports, the
/// tour. Everything is in one temporary directory and in children of this process, and goes with it.
/// </summary>
internal static class Demonstration
{
    public static async Task<int> Run(bool once, Paint paint, TextWriter errors)
    {
        if (DaemonProgram.Find() is not { } program)
        {
            errors.WriteLine($"postern: {DaemonProgram.Name} is neither beside {Environment.ProcessPath} nor on the PATH; put both programs into one directory");
            return ExitStatus.Failed;
        }

        using var ended = new CancellationTokenSource();
        using PosixSignalRegistration interrupt = OnSignal(PosixSignal.SIGINT, ended);
        using PosixSignalRegistration terminate = OnSignal(PosixSignal.SIGTERM, ended);
        using PosixSignalRegistration hangUp = OnSignal(PosixSignal.SIGHUP, ended);

        string folder = Directory.CreateTempSubdirectory("postern-demo-").FullName;
        try
        {
            return await Run(program, folder, once, paint, errors, ended.Token);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<int> Run(string program, string folder, bool once, Paint paint, TextWriter errors, CancellationToken ended)
    {
        var mailbox = new Mailbox();
        using var smtp = new SmtpServer(mailbox, submission: false);
        using var submission = new SmtpServer(mailbox, submission: true);
        using var imap = new ImapServer(mailbox);
        using X509Certificate2 authority = DemoCertificate.Write(folder);
        DemoGates gates = DemoGates.OnFreePorts();
        string configuration = Path.Combine(folder, "postern.toml");
        await File.WriteAllTextAsync(configuration, DemoConfiguration.Text(gates, smtp.Port, submission.Port, imap.Port), ended);

        paint.Heading("Postern's demo: plain text servers behind gates, all on loopback");
        paint.Line($"plain SMTP at 127.0.0.1:{smtp.Port}, submission at :{submission.Port}, IMAP at :{imap.Port}; none of them knows TLS");
        paint.Line($"gates: smtp with STARTTLS at :{gates.SmtpStartTls}, submission with TLS at :{gates.SubmissionTls}, imap with TLS at :{gates.ImapTls}, imap with STARTTLS at :{gates.ImapStartTls}");

        using DaemonProcess daemon = DaemonProcess.Start(program, configuration, Path.Combine(folder, "control.sock"));
        bool ready = await daemon.IsReady();
        IReadOnlyList<string> started = await daemon.News(expected: 1);
        if (!ready)
        {
            foreach (string line in started)
                errors.WriteLine(PeerText.Escape(line));
            errors.WriteLine("postern: posternd did not open its gates; the lines above are its own");
            return ExitStatus.Failed;
        }

        foreach (string line in started)
            paint.Aside("log: " + PeerText.Escape(line));
        var stage = new Stage(gates, authority, mailbox, smtp, imap, daemon, paint);
        bool good = await Tour.Play(stage, ended);
        if (once || ended.IsCancellationRequested)
            return good ? ExitStatus.Good : ExitStatus.Failed;

        ByHand.Print(gates, folder, paint);
        return await StayUp(daemon, paint, ended) && good ? ExitStatus.Good : ExitStatus.Failed;
    }

    /// <summary>Shows posternd's log until the demo is ended; false when posternd ended before.</summary>
    private static async Task<bool> StayUp(DaemonProcess daemon, Paint paint, CancellationToken ended)
    {
        while (!ended.IsCancellationRequested && !daemon.Ended.IsCompleted)
        {
            foreach (string line in await daemon.News(expected: 1))
                paint.Aside("log: " + PeerText.Escape(line));
        }

        return ended.IsCancellationRequested;
    }

    private static PosixSignalRegistration OnSignal(PosixSignal signal, CancellationTokenSource ended) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            ended.Cancel();
        });
}
