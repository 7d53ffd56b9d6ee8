namespace Postern.Cli.Demo.Scenes;

/// <summary>Somebody between has taken STARTTLS out of what the client sees; the client goes on without TLS.</summary>
internal sealed class Downgrade : Scene
{
    public override string Title => "A downgrade is refused: MAIL and LOGIN without TLS";

    public override int Connections => 2;

    public override IEnumerable<Proof> Play(Stage stage)
    {
        int connections = stage.BackendConnections;

        using (GateClient smtp = stage.Connect(stage.Gates.SmtpStartTls))
        {
            smtp.HearSmtp();
            smtp.Say("EHLO stripped.example");
            smtp.HearSmtp();
            smtp.Say("MAIL FROM:<alice@client.example>");
            yield return new Proof(smtp.HearSmtp() is ['5', '3', '0', ..], "smtp: no mail without TLS (530)");
            smtp.Say("QUIT");
            smtp.HearSmtp();
        }

        using (GateClient imap = stage.Connect(stage.Gates.ImapStartTls))
        {
            string? greeting = imap.Hear();
            yield return new Proof(
                greeting is not null && greeting.Contains("LOGINDISABLED", StringComparison.Ordinal),
                "imap: the greeting says LOGINDISABLED, so that an honest client does not say its password");
            imap.Say($"a LOGIN {Mailbox.User} {Mailbox.Password}");
            yield return new Proof(
                imap.HearImap("a") is [.., var answer] && answer.StartsWith("a NO", StringComparison.Ordinal),
                "imap: no login without TLS, not even with the right password");
            imap.Say("b LOGOUT");
            imap.HearImap("b");
        }

        yield return new Proof(stage.BackendConnections == connections, "the backends did not hear of it: they had no connection");
    }
}
