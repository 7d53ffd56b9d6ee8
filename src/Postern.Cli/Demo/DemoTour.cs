using System.Security.Cryptography.X509Certificates;

namespace Postern.Cli.Demo;

/// <summary>The tour: what works, and what does not, each with its dialogue, and each checked.</summary>
internal sealed class DemoTour(DemoScreen screen, DemoPorts ports, MailStore store, DemoSmtpServer smtp, DemoImapServer imap, X509Certificate2 authority)
{
    private const string Subject = "Hello through the gate";

    private bool _allGood = true;

    public bool Run()
    {
        Deliver();
        ReadBack();
        Inject();
        DowngradeMail();
        DowngradeLogin();
        return _allGood;
    }

    private void Deliver()
    {
        screen.Title($"1. A mail is delivered through STARTTLS (port {ports.Smtp}) to a server that knows no TLS");
        using var client = new DemoClient(screen, ports.Smtp);
        _ = client.Hear();
        client.Say("EHLO client.example\r\n");
        _ = client.HearUntil(LastOfReply);
        client.Say("STARTTLS\r\n");
        _ = client.Hear();
        client.StartTls(authority);
        client.Say("EHLO client.example\r\n");
        _ = client.HearUntil(LastOfReply);
        foreach (string command in (string[])["MAIL FROM:<you@example.org>", "RCPT TO:<demo@localhost>", "DATA"])
        {
            client.Say(command + "\r\n");
            _ = client.Hear();
        }

        client.Say($"Subject: {Subject}\r\n\r\nThis was sent inside TLS.\r\n.\r\n");
        _ = client.Hear();
        client.Say("QUIT\r\n");
        _ = client.Hear();
        Check(store.Count == 1, "the plain text server behind the gate has the mail");
    }

    private void ReadBack()
    {
        screen.Title($"2. It is read through implicit TLS (port {ports.Imaps})");
        using var client = new DemoClient(screen, ports.Imaps);
        client.StartTls(authority);
        _ = client.Hear();
        client.Say("a LOGIN demo demo\r\n");
        _ = client.Hear();
        client.Say("b SELECT INBOX\r\n");
        _ = client.HearUntil(line => line.StartsWith("b ", StringComparison.Ordinal));
        client.Say("c FETCH 1 BODY[]\r\n");
        List<string> message = client.HearUntil(line => line.StartsWith("c ", StringComparison.Ordinal));
        client.Say("d LOGOUT\r\n");
        _ = client.HearUntil(line => line.StartsWith("d ", StringComparison.Ordinal));
        Check(message.Contains("Subject: " + Subject), "what was sent is what is read");
    }

    private void Inject()
    {
        screen.Title("3. An attacker on the path adds commands behind STARTTLS (CVE-2011-0411)");
        int heard = smtp.LinesHeard;
        using var client = new DemoClient(screen, ports.Smtp);
        _ = client.Hear();
        client.Say("EHLO client.example\r\n");
        _ = client.HearUntil(LastOfReply);
        client.Say("STARTTLS\r\nMAIL FROM:<attacker@example.org>\r\nRCPT TO:<demo@localhost>\r\n");
        bool answered = client.Hear() is not null;
        Check(!answered && smtp.LinesHeard == heard, "no answer, no TLS, and the server behind the gate has heard nothing");
    }

    private void DowngradeMail()
    {
        screen.Title("4. A client is made to believe that there is no TLS, and sends its mail in the clear");
        int heard = smtp.LinesHeard;
        using var client = new DemoClient(screen, ports.Smtp);
        _ = client.Hear();
        client.Say("EHLO client.example\r\n");
        _ = client.HearUntil(LastOfReply);
        client.Say("MAIL FROM:<you@example.org>\r\n");
        bool refused = client.Hear()?.StartsWith("530 ", StringComparison.Ordinal) == true;
        client.Say("QUIT\r\n");
        _ = client.Hear();
        Check(refused && smtp.LinesHeard == heard, "refused before there is anything to be read along");
    }

    private void DowngradeLogin()
    {
        screen.Title($"5. And its password likewise (port {ports.Imap})");
        int heard = imap.LinesHeard;
        using var client = new DemoClient(screen, ports.Imap);
        string? greeting = client.Hear();
        client.Say("a LOGIN demo demo\r\n");
        bool refused = client.Hear()?.StartsWith("a NO [PRIVACYREQUIRED]", StringComparison.Ordinal) == true;
        client.Say("b LOGOUT\r\n");
        _ = client.HearUntil(line => line.StartsWith("b ", StringComparison.Ordinal));
        bool warned = greeting?.Contains("LOGINDISABLED", StringComparison.Ordinal) == true;
        Check(refused && warned && imap.LinesHeard == heard, "the greeting says LOGINDISABLED, and who tries all the same is refused");
    }

    private void Check(bool good, string what)
    {
        screen.Verdict(good, what);
        _allGood &= good;
    }

    private static bool LastOfReply(string line) => line.Length < 4 || line[3] != '-';
}

/// <summary>Where the gates of the demo listen.</summary>
internal sealed record DemoPorts(int Smtp, int Submissions, int Imaps, int Imap);
