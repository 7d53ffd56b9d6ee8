using System.Text;
using Postern.Cli.Demo;
using Postern.Cli.Demo.Imap;

namespace Postern.Cli.Tests.Demo;

public sealed class ImapServerTests : IDisposable
{
    private readonly Mailbox _mailbox = new();
    private readonly ImapServer _server;
    private readonly PlainClient _client;

    public ImapServerTests()
    {
        _server = new ImapServer(_mailbox);
        Deliver("Subject: first\r\nFrom: a@example.org\r\n\r\none\r\n");
        Deliver("Subject: second\r\n folded\r\nFrom: b@example.org\r\n\r\ntwo\r\n");
        _client = new PlainClient(_server.Port);
        Assert.Equal("* OK [CAPABILITY IMAP4rev1 IDLE LITERAL-] plain", _client.Hear());
    }

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    [Theory]
    [InlineData("a LOGIN demo demo")]
    [InlineData("a login \"demo\" \"demo\"")]
    [InlineData("a LOGIN {4+}\r\ndemo {4+}\r\ndemo")]
    public void Who_knows_the_password_is_let_in(string command) => Assert.Equal(["a OK Logged in"], _client.AskImap(command));

    [Fact]
    public void A_literal_that_waits_is_let_through()
    {
        Assert.Equal("+ go on", _client.Ask("a LOGIN demo {4}"));
        Assert.Equal("a OK Logged in", _client.Ask("demo"));
    }

    [Theory]
    [InlineData("a LOGIN demo wrong", "a NO [AUTHENTICATIONFAILED] Wrong user or password")]
    [InlineData("a SELECT INBOX", "a BAD Not known, or not before LOGIN")]
    [InlineData("a STARTTLS", "a BAD Not known, or not before LOGIN")]
    [InlineData("a", "* BAD A tag and a command are needed")]
    public void Who_does_not_is_not(string command, string answer) => Assert.Equal(answer, _client.Ask(command));

    [Fact]
    public void The_mailbox_is_opened_and_counted()
    {
        List<string> answer = Selected();
        Assert.Equal("* 2 EXISTS", answer[0]);
        Assert.Equal("b OK [READ-ONLY] Done", answer[^1]);
        Assert.Equal(["* LIST () \"/\" INBOX", "c OK Done"], _client.AskImap("c LIST \"\" *"));
        Assert.Equal(["* STATUS INBOX (MESSAGES 2 UIDNEXT 3)", "d OK Done"], _client.AskImap("d STATUS INBOX (MESSAGES UIDNEXT)"));
    }

    [Theory]
    [InlineData("c FETCH 1 BODY[]", "* 1 FETCH (BODY[] {44}|Subject: first|From: a@example.org||one|)")]
    [InlineData("c FETCH 2 (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])", "* 2 FETCH (UID 2 BODY[HEADER.FIELDS (SUBJECT)] {28}|Subject: second| folded||)")]
    [InlineData("c UID FETCH 1:* (BODY[TEXT])", "* 1 FETCH (UID 1 BODY[TEXT] {5}|one|)|* 2 FETCH (UID 2 BODY[TEXT] {5}|two|)")]
    [InlineData("c FETCH * BODY[1]", "* 2 FETCH (BODY[1] {5}|two|)")]
    [InlineData("c FETCH 1 (FLAGS RFC822.SIZE BODY[]<9.5>)", "* 1 FETCH (FLAGS () RFC822.SIZE 44 BODY[]<9> {5}|first)")]
    [InlineData("c FETCH 1 BODY[]<37.100>", "* 1 FETCH (BODY[]<37> {7}||one|)")]
    [InlineData("c FETCH 7 FLAGS", "")]
    public void What_is_asked_for_is_fetched(string command, string lines)
    {
        _ = Selected();
        List<string> expected = [.. lines.Length == 0 ? [] : lines.Split('|'), "c OK Done"];
        Assert.Equal(expected, _client.AskImap(command));
    }

    [Theory]
    [InlineData("c FETCH 1 ENVELOPE")]
    [InlineData("c FETCH 1 BODYSTRUCTURE")]
    [InlineData("c FETCH 0 FLAGS")]
    [InlineData("c FETCH x FLAGS")]
    [InlineData("c FETCH 1 BODY[2]")]
    [InlineData("c SEARCH LARGER 5")]
    [InlineData("c STORE 1 +FLAGS (\\Seen)")]
    public void What_is_not_known_is_said_to_be_so(string command)
    {
        _ = Selected();
        Assert.StartsWith("c BAD ", Assert.Single(_client.AskImap(command)));
    }

    [Theory]
    [InlineData("c SEARCH ALL", "* SEARCH 1 2")]
    [InlineData("c UID SEARCH SUBJECT SECOND", "* SEARCH 2")]
    [InlineData("c SEARCH FROM \"a@example\" UNSEEN", "* SEARCH 1")]
    [InlineData("c SEARCH BODY two UID 1", "* SEARCH")]
    [InlineData("c SEARCH 2:*", "* SEARCH 2")]
    public void What_is_searched_for_is_found(string command, string found)
    {
        _ = Selected();
        Assert.Equal([found, "c OK Done"], _client.AskImap(command));
    }

    [Fact]
    public void Idle_tells_of_a_mail_when_it_comes()
    {
        _ = Selected();
        Assert.Equal("+ idling", _client.Ask("c IDLE"));
        Deliver("Subject: third\r\n\r\n");
        Assert.Equal("* 3 EXISTS", _client.Hear());
        Assert.Equal("c OK Done", _client.Ask("DONE"));
        Assert.Equal(["* 3 FETCH (UID 3)", "d OK Done"], _client.AskImap("d FETCH 3 UID"));
    }

    [Fact]
    public void Logout_ends_the_connection()
    {
        Assert.Equal(["* BYE", "a OK Done"], _client.AskImap("a LOGOUT"));
        Assert.Null(_client.Hear());
    }

    [Fact]
    public void Curl_reads_a_mail()
    {
        Said said = Tool.Run("curl", "-sS", "-m", "20", "-u", "demo:demo", $"imap://127.0.0.1:{_server.Port}/INBOX;MAILINDEX=1");
        Assert.Equal(new Said(0, "Subject: first\r\nFrom: a@example.org\r\n\r\none\r\n", ""), said);
    }

    private List<string> Selected()
    {
        _ = _client.AskImap("a LOGIN demo demo");
        return _client.AskImap("b SELECT INBOX");
    }

    private void Deliver(string mail) => _mailbox.Deliver(Encoding.Latin1.GetBytes(mail));
}
