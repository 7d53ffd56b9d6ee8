using System.Security.Cryptography;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Net.Pop3;
using MailKit.Security;
using MimeKit;
using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>A mail goes in by submission and comes out by IMAP and POP3: real clients, real servers, gates between.</summary>
[Collection(nameof(MailHost))]
public sealed class MailTests(MailHost host)
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void In_by_submission_out_by_imap(bool submitImplicit, bool readImplicit)
    {
        string user = $"mail{submitImplicit}{readImplicit}";
        host.Submit(MailHost.Message(user, "hello", "a text"), submitImplicit);
        using ImapClient imap = host.OpenImap(user, readImplicit);
        MailHost.WaitForMail(imap, 1);
        Assert.Equal("a text", imap.Inbox.GetMessage(0).TextBody!.Trim());
    }

    [Fact]
    public void Out_by_pop3_through_stls_and_through_tls()
    {
        host.Submit(MailHost.Message("pop", "hello", "popped"));
        using (ImapClient imap = host.OpenImap("pop"))
            MailHost.WaitForMail(imap, 1);
        foreach ((int port, SecureSocketOptions tls) in ((int, SecureSocketOptions)[])[(host.Pop3, SecureSocketOptions.StartTls), (host.Pop3s, SecureSocketOptions.SslOnConnect)])
        {
            using var client = new Pop3Client { CheckCertificateRevocation = false, ServerCertificateValidationCallback = (_, _, _, _) => true };
            client.Connect("localhost", port, tls);
            client.Authenticate("pop", "secret");
            Assert.Equal("popped", client.GetMessage(0).TextBody!.Trim());
            client.Disconnect(quit: true);
        }
    }

    [Fact]
    public void Fifty_megabytes_arrive_byte_for_byte()
    {
        byte[] attachment = RandomNumberGenerator.GetBytes(36 * 1024 * 1024);
        MimeMessage message = MailHost.Message("big", "big", "see attachment");
        message.Body = new MimePart("application", "octet-stream")
        {
            Content = new MimeContent(new MemoryStream(attachment)),
            ContentTransferEncoding = ContentEncoding.Base64,
            FileName = "random.bin",
        };
        using var size = new MemoryStream();
        message.WriteTo(size);
        Assert.True(size.Length > 48_000_000);

        host.Submit(message);
        using ImapClient imap = host.OpenImap("big");
        MailHost.WaitForMail(imap, 1);
        using var back = new MemoryStream();
        ((MimePart)imap.Inbox.GetMessage(0).Body!).Content!.DecodeTo(back);
        Assert.Equal(SHA256.HashData(attachment), SHA256.HashData(back.ToArray()));
    }

    [Fact]
    public void The_backends_log_the_clients_own_address()
    {
        host.Submit(MailHost.Message("addr", "hello", "x"), from: "127.0.0.7");
        Workplace.WaitFor(() => File.ReadAllText(host.Postfix.Log).Contains("client=unknown[127.0.0.7]", StringComparison.Ordinal), () => File.ReadAllText(host.Postfix.Log));

        ToolResult curl = Tool.Run("curl", "-sS", "--interface", "127.0.0.8", "--cacert", host.Certificates.Authority, "--user", "addr:secret", $"imaps://localhost:{host.Imaps}/INBOX", "-X", "NOOP");
        Assert.True(curl.ExitCode == 0, curl.Output);
        Workplace.WaitFor(() => File.ReadAllText(host.Dovecot.Log).Contains("user=<addr>, method=PLAIN, rip=127.0.0.8", StringComparison.Ordinal), () => File.ReadAllText(host.Dovecot.Log));
    }

    [Fact]
    public void Postfix_delivers_by_lmtp_over_verified_tls()
    {
        host.Submit(MailHost.Message("lmtp", "hello", "x"));
        Workplace.WaitFor(
            () => File.ReadAllText(host.Postfix.Log).Contains("Verified TLS connection established to localhost", StringComparison.Ordinal),
            () => File.ReadAllText(host.Postfix.Log));
    }

    [Fact]
    public void Port_25_takes_mail_in_the_clear_and_in_tls()
    {
        string[] common = ["--server", $"localhost:{host.Smtp}", "--from", "stranger@example.org", "--to", "mx@example.test", "--helo", "client.example"];
        ToolResult clear = Tool.Run("swaks", common);
        Assert.True(clear.ExitCode == 0, clear.Output);
        Assert.Contains("250-PIPELINING", clear.Output, StringComparison.Ordinal);
        Assert.Contains("250-SIZE 104857600", clear.Output, StringComparison.Ordinal);

        ToolResult encrypted = Tool.Run("swaks", [.. common, "--tls", "--tls-ca-path", host.Certificates.Authority, "--tls-verify"]);
        Assert.True(encrypted.ExitCode == 0, encrypted.Output);
        using ImapClient imap = host.OpenImap("mx");
        MailHost.WaitForMail(imap, 2);
    }

    [Fact]
    public void The_live_check_finds_nothing_wrong_with_backends_that_are_right()
    {
        ToolResult check = host.Gates.Command("check", "--live");
        Assert.True(check.ExitCode == 0, check.Output);
    }
}
