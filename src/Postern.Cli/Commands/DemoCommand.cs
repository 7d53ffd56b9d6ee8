using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Postern.Cli.Demo;
using Postern.Interop.LibC;

namespace Postern.Cli.Commands;

/// <summary><c>postern demo</c>: two plain text servers, gates before them, and a tour of what that is worth.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var once = new Option<bool>("--once") { Description = "Leave after the tour, with exit status 0 or 1." };
        var noColor = new Option<bool>("--no-color") { Description = "No colour, also on a terminal." };
        var command = new Command("demo", "Start small servers and gates on loopback and show what happens.") { once, noColor };
        command.SetAction(parsed => Run(parsed.GetValue(once), parsed.GetValue(noColor)));
        return command;
    }

    private static int Run(bool once, bool noColor)
    {
        if (RunCommand.FindDaemon() is not { } daemon)
        {
            Console.Error.WriteLine("postern: posternd is neither beside this program nor on the PATH");
            return ExitStatus.Failed;
        }

        string directory = Directory.CreateTempSubdirectory("postern-demo-").FullName;
        try
        {
            return Run(daemon, directory, once, new DemoScreen(!noColor && Terminal.Colour(Console.IsOutputRedirected)));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static int Run(string daemon, string directory, bool once, DemoScreen screen)
    {
        var store = new MailStore();
        using var smtp = new DemoSmtpServer(store);
        using var imap = new DemoImapServer(store);
        smtp.Start();
        imap.Start();
        DemoCertificate certificate = DemoCertificate.Make(directory);
        DemoPorts ports = FreePorts();
        string configuration = Path.Combine(directory, "postern.toml");
        File.WriteAllText(configuration, Configuration(directory, certificate, ports, smtp.Port, imap.Port));

        string log = Path.Combine(directory, "posternd.log");
        using DemoDaemon? running = DemoDaemon.Start(
            daemon, configuration, log, [ports.Smtp, ports.Submissions, ports.Imaps, ports.Imap]);
        if (running is null)
        {
            Console.Error.WriteLine("postern: posternd did not come up; it says:");
            Console.Error.Write(File.Exists(log) ? File.ReadAllText(log) : "");
            return ExitStatus.Failed;
        }

        screen.Text($"Plain text servers listen on 127.0.0.1:{smtp.Port} (SMTP) and 127.0.0.1:{imap.Port} (IMAP); posternd stands before them.");
        bool good = new DemoTour(screen, ports, store, smtp, imap, certificate.Authority).Run();
        if (once)
            return good ? ExitStatus.Done : ExitStatus.Failed;

        Invite(screen, ports, certificate, configuration, log);
        WaitForInterrupt();
        return good ? ExitStatus.Done : ExitStatus.Failed;
    }

    private static void Invite(DemoScreen screen, DemoPorts ports, DemoCertificate certificate, string configuration, string log)
    {
        screen.Title("Try it by hand (user demo, password demo):");
        screen.Text($"""
              openssl s_client -quiet -CAfile {certificate.AuthorityFile} -connect localhost:{ports.Smtp} -starttls smtp
              openssl s_client -quiet -CAfile {certificate.AuthorityFile} -connect localhost:{ports.Imaps}
              curl --cacert {certificate.AuthorityFile} --user demo:demo 'imaps://localhost:{ports.Imaps}/INBOX;MAILINDEX=1'
              swaks --server localhost:{ports.Smtp} --tls --from you@example.org --to demo@localhost
              {Environment.ProcessPath} status -c {configuration}
              cat {configuration}
              tail -f {log}
            """);
        screen.Text("\nCtrl-C ends the demo.");
    }

    private static void WaitForInterrupt()
    {
        using var ended = new ManualResetEventSlim();
        Console.CancelKeyPress += (_, e) =>
        {
            e.Cancel = true;
            ended.Set();
        };
        using var term = System.Runtime.InteropServices.PosixSignalRegistration.Create(
            System.Runtime.InteropServices.PosixSignal.SIGTERM,
            context =>
            {
                context.Cancel = true;
                ended.Set();
            });
        ended.Wait();
    }

    private static string Configuration(string directory, DemoCertificate certificate, DemoPorts ports, int smtp, int imap)
    {
        // As root the workers need another user, and on a fresh machine nobody is the one that there is.
        string user = Privilege.IsRoot ? "user = \"nobody\"\n" : "";
        return $"""
            [server]
            {user}workers = 1
            hostname = "localhost"
            control = "{directory}/control.sock"

            [certificate.demo]
            chain = "{certificate.ChainFile}"
            key = "{certificate.KeyFile}"

            {Gate("smtp", "smtp", ports.Smtp, "starttls", smtp)}
            {Gate("submissions", "submission", ports.Submissions, "implicit", smtp)}
            {Gate("imaps", "imap", ports.Imaps, "implicit", imap)}
            {Gate("imap", "imap", ports.Imap, "starttls", imap)}
            """;
    }

    private static string Gate(string name, string protocol, int port, string tls, int backend) => $"""
        [[gate]]
        name = "{name}"
        protocol = "{protocol}"
        listen = ["127.0.0.1:{port}"]
        tls = "{tls}"
        certificate = ["demo"]
        backend = "127.0.0.1:{backend}"

        """;

    private static DemoPorts FreePorts()
    {
        TcpListener[] probes = [.. Enumerable.Range(0, 4).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        foreach (TcpListener probe in probes)
            probe.Start();
        int[] ports = [.. probes.Select(probe => ((IPEndPoint)probe.LocalEndpoint).Port)];
        foreach (TcpListener probe in probes)
            probe.Stop();
        return new DemoPorts(ports[0], ports[1], ports[2], ports[3]);
    }
}
