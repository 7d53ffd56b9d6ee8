namespace Postern.Cli.Demo.Scenes;

/// <summary>CVE-2011-0411: commands sent in the clear behind STARTTLS, to be carried out inside TLS.</summary>
internal sealed class Injection : Scene
{
    public override string Title => "An injection is refused: a command in the clear behind STARTTLS, in the same write";

    public override int Connections => 2;

    public override IEnumerable<Proof> Play(Stage stage)
    {
        int connections = stage.BackendConnections;
        long refused = stage.Daemon.Outcomes("refused:injection", expected: 0).GetAwaiter().GetResult();

        using (GateClient smtp = stage.Connect(stage.Gates.SmtpStartTls))
        {
            smtp.HearSmtp();
            smtp.Say("EHLO attacker.example");
            smtp.HearSmtp();
            smtp.SayInOneWrite("STARTTLS", "MAIL FROM:<attacker@attacker.example>");
            yield return new Proof(smtp.Hear() is null, "smtp: neither line was answered; the connection is closed");
        }

        using (GateClient imap = stage.Connect(stage.Gates.ImapStartTls))
        {
            imap.Hear();
            imap.SayInOneWrite("a STARTTLS", "b LOGIN attacker secret");
            yield return new Proof(imap.Hear() is null, "imap: neither line was answered; the connection is closed");
        }

        yield return new Proof(stage.BackendConnections == connections, "the backends did not hear of it: they had no connection");
        long now = stage.Daemon.Outcomes("refused:injection", refused + Connections).GetAwaiter().GetResult();
        yield return new Proof(now == refused + Connections, $"posternd counts {now - refused} injections");
    }
}
