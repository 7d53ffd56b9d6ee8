using Postern.Cli.Output;

namespace Postern.Cli.Demo;

/// <summary>Commands to try while the gates are open, with the ports and files of this run.</summary>
internal static class ByHand
{
    public static void Print(DemoGates gates, string folder, Paint paint)
    {
        string ca = Path.Combine(folder, "ca.pem");
        string login = $"{Mailbox.User}:{Mailbox.Password}";
        paint.Line();
        paint.Heading("The gates are open; try them from another terminal:");
        Try("read the mail", $"curl --cacert {ca} -u {login} 'imaps://localhost:{gates.ImapTls}/INBOX;MAILINDEX=1'");
        Try("the same by STARTTLS", $"curl --cacert {ca} -u {login} --ssl-reqd 'imap://localhost:{gates.ImapStartTls}/INBOX;MAILINDEX=1'");
        Try("send a mail by STARTTLS", $"swaks --server 127.0.0.1:{gates.SmtpStartTls} --tls --from you@client.example --to demo@localhost");
        Try("send one by submission", $"swaks --server 127.0.0.1:{gates.SubmissionTls} --tlsc --auth PLAIN --auth-user {Mailbox.User} --auth-password {Mailbox.Password} --from you@client.example --to demo@localhost");
        Try("look at the handshake", $"openssl s_client -connect 127.0.0.1:{gates.SmtpStartTls} -starttls smtp -CAfile {ca} -verify_hostname localhost -crlf");
        Try("inject, and be refused", $"printf 'EHLO x\\r\\nSTARTTLS\\r\\nMAIL FROM:<x@x.example>\\r\\n' | nc -q 1 127.0.0.1 {gates.SmtpStartTls}");
        Try("ask posternd", $"{Environment.ProcessPath} status --control {Path.Combine(folder, "control.sock")}");
        Try("read the configuration", $"cat {Path.Combine(folder, "postern.toml")}");
        paint.Line();
        paint.Line("Ctrl-C ends the demo and removes its files.");

        void Try(string what, string command)
        {
            paint.Line();
            paint.Aside("# " + what);
            paint.Line(command);
        }
    }
}
