using System.Text;
using Postern.Cli.Demo;

namespace Postern.Cli.Tests.Demo;

public sealed class SmtpServerTests
{
    private readonly Mailbox _mailbox = new();

    [Fact]
    public void A_mail_is_delivered_as_it_was_sent()
    {
        using var server = new SmtpServer(_mailbox, submission: false);
        using var client = new PlainClient(server.Port);
        Assert.StartsWith("220 ", client.Hear());
        Assert.StartsWith("250-", client.Ask("EHLO client.example"));
        Assert.StartsWith("250-", client.Hear());
        Assert.StartsWith("250 SIZE", client.Hear());
        Assert.StartsWith("250 ", client.Ask("MAIL FROM:<a@client.example> SIZE=10"));
        Assert.StartsWith("250 ", client.Ask("RCPT TO:<demo@localhost>"));
        Assert.StartsWith("354 ", client.Ask("DATA"));
        Assert.StartsWith("250 ", client.Ask("Subject: dots\r\n\r\n..one\r\n...two\r\nSTARTTLS\r\n."));
        Assert.StartsWith("221 ", client.Ask("QUIT"));
        Assert.Null(client.Hear());

        string mail = Encoding.Latin1.GetString(Assert.Single(_mailbox.Mails).Content);
        Assert.EndsWith("Subject: dots\r\n\r\n.one\r\n..two\r\nSTARTTLS\r\n", mail);
        Assert.StartsWith("Return-Path: <a@client.example>\r\nReceived: from client.example by localhost; ", mail);
    }

    [Theory]
    [InlineData("503", "MAIL FROM:<a@b>")]
    [InlineData("503", "EHLO x", "RCPT TO:<a@b>")]
    [InlineData("503", "EHLO x", "MAIL FROM:<a@b>", "DATA")]
    [InlineData("503", "EHLO x", "MAIL FROM:<a@b>", "MAIL FROM:<a@b>")]
    [InlineData("503", "EHLO x", "MAIL FROM:<a@b>", "RCPT TO:<a@b>", "RSET", "DATA")]
    [InlineData("501", "EHLO x", "MAIL a@b")]
    [InlineData("501", "EHLO x", "MAIL FROM:<>", "RCPT TO:<>")]
    [InlineData("504", "EHLO x", "AUTH PLAIN AGRlbW8AZGVtbw==")]
    [InlineData("500", "STARTTLS")]
    [InlineData("250", "NOOP")]
    public void The_order_of_commands_is_kept(string code, params string[] commands)
    {
        using var server = new SmtpServer(_mailbox, submission: false);
        using var client = new PlainClient(server.Port);
        _ = client.Hear();
        string? answer = null;
        foreach (string command in commands)
        {
            answer = client.Ask(command);
            while (answer is { Length: > 3 } && answer[3] == '-')
                answer = client.Hear();
        }

        Assert.StartsWith(code + " ", answer);
        Assert.Equal(commands, server.Heard);
    }

    [Theory]
    [InlineData("235", "AUTH PLAIN AGRlbW8AZGVtbw==")]
    [InlineData("235", "AUTH PLAIN\r\nAGRlbW8AZGVtbw==")]
    [InlineData("535", "AUTH PLAIN AGRlbW8Ad3Jvbmc=")]
    [InlineData("535", "AUTH PLAIN no-base64!")]
    [InlineData("535", "AUTH PLAIN\r\n*")]
    [InlineData("504", "AUTH LOGIN")]
    public void Submission_wants_the_password(string code, string command)
    {
        using var server = new SmtpServer(_mailbox, submission: true);
        using var client = new PlainClient(server.Port);
        _ = client.Hear();
        Assert.StartsWith("250-", client.Ask("EHLO x"));
        Assert.Equal("250-AUTH PLAIN", client.Hear());
        while (client.Hear()![3] == '-')
        {
            // The rest of the offers.
        }

        Assert.StartsWith("530 ", client.Ask("MAIL FROM:<a@b>"));
        string? answer = client.Ask(command);
        if (answer == "334 ")
            answer = client.Hear();
        Assert.StartsWith(code + " ", answer);
        Assert.StartsWith(code == "235" ? "250 " : "530 ", client.Ask("MAIL FROM:<a@b>"));
    }
}
