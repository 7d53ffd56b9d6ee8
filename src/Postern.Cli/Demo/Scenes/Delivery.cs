using System.Globalization;
using System.Text;

namespace Postern.Cli.Demo.Scenes;

/// <summary>A mail goes in through STARTTLS.</summary>
internal sealed class Delivery(string subject) : Scene
{
    public override string Title => "A mail is delivered through STARTTLS, to a server that speaks plain text alone";

    public override int Connections => 1;

    public override IEnumerable<Proof> Play(Stage stage)
    {
        using GateClient client = stage.Connect(stage.Gates.SmtpStartTls);
        client.HearSmtp();
        client.Say("EHLO client.example");
        client.HearSmtp();
        yield return new Proof(stage.Smtp.Accepted == 0, "before TLS the backend had no connection: the gate itself answered");

        client.Say("STARTTLS");
        client.HearSmtp();
        client.StartTls();
        client.Say("EHLO client.example");
        client.HearSmtp();
        client.Say("MAIL FROM:<alice@client.example>");
        client.HearSmtp();
        client.Say("RCPT TO:<demo@localhost>");
        client.HearSmtp();
        client.Say("DATA");
        client.HearSmtp();
        client.SayInOneWrite(
            "From: Alice <alice@client.example>",
            "To: demo@localhost",
            "Subject: " + subject,
            "Date: " + DateTimeOffset.UtcNow.ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture),
            "",
            "The word STARTTLS in a mail is a word like any other.",
            "..a line with a dot in front",
            ".");
        string? delivered = client.HearSmtp();
        client.Say("QUIT");
        client.HearSmtp();
        client.Hear();

        yield return new Proof(
            delivered is ['2', '5', '0', ..] && stage.Mailbox.Mails.Any(mail => Encoding.Latin1.GetString(mail.Content).Contains(subject, StringComparison.Ordinal)),
            "the mail lies in the backend's mailbox");
        yield return new Proof(
            stage.Smtp.Heard.Count > 0 && !stage.Smtp.Heard.Any(line => line.Contains("STARTTLS", StringComparison.OrdinalIgnoreCase)),
            $"the backend heard {string.Join(", ", stage.Smtp.Heard.Select(line => line.Split(' ')[0]))} and never a STARTTLS");
    }
}
