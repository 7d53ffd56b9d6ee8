namespace Postern.Cli.Demo.Scenes;

/// <summary>The mail comes out through implicit TLS.</summary>
internal sealed class Reading(string subject) : Scene
{
    public override string Title => "The mail is read through implicit TLS";

    public override int Connections => 1;

    public override IEnumerable<Proof> Play(Stage stage)
    {
        using GateClient client = stage.Connect(stage.Gates.ImapTls);
        client.StartTls();
        client.Hear();
        client.Say($"a LOGIN {Mailbox.User} {Mailbox.Password}");
        client.HearImap("a");
        client.Say("b SELECT INBOX");
        client.HearImap("b");
        client.Say("c FETCH 1 (BODY.PEEK[])");
        List<string> mail = client.HearImap("c");
        client.Say("d LOGOUT");
        client.HearImap("d");
        client.Hear();

        yield return new Proof(mail.Contains("Subject: " + subject), "it is the mail of the scene before");
        yield return new Proof(
            mail.Contains(".a line with a dot in front") && mail.Contains("The word STARTTLS in a mail is a word like any other."),
            "its text is as it was sent: the gate changes no byte");
    }
}
