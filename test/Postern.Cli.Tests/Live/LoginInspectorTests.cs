using Postern.Cli.Live;
using Postern.Configuration.Settings;

namespace Postern.Cli.Tests.Live;

/// <summary>IMAP, POP3 and ManageSieve.</summary>
public sealed class LoginInspectorTests
{
    private const string Imap = "* OK [CAPABILITY IMAP4rev1 LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ AUTH=PLAIN] Dovecot ready.";

    [Fact]
    public void An_imap_server_that_lets_clients_log_in_is_good() =>
        Assert.Empty(Backend.Judged(ImapInspector.Instance, Backend.Gate("imap"), Imap, "* CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN\np1 OK Done"));

    [Fact]
    public void Logindisabled_is_an_error_that_names_the_setting()
    {
        string found = Assert.Single(Backend.Judged(ImapInspector.Instance, Backend.Gate("imap"), Imap, "* CAPABILITY IMAP4rev1 LOGINDISABLED\np1 OK Done"));
        Assert.StartsWith("error: says LOGINDISABLED", found);
        Assert.Contains("disable_plaintext_auth = no", found);
        Assert.DoesNotContain("v2", found);
    }

    [Fact]
    public void A_header_that_cannot_say_tls_may_be_why() =>
        Assert.Contains("proxy-protocol = \"v2\"", Assert.Single(Backend.Judged(
            ImapInspector.Instance, Backend.Gate("imap", proxy: ProxyHeader.V1), Imap, "* CAPABILITY IMAP4rev1 LOGINDISABLED\np1 OK Done")));

    [Fact]
    public void Imap_starttls_inside_tls_is_a_warning() =>
        Assert.StartsWith("warning: still offers STARTTLS", Assert.Single(Backend.Judged(
            ImapInspector.Instance, Backend.Gate("imap"), Imap, "* CAPABILITY IMAP4rev1 STARTTLS\np1 ok done")));

    [Fact]
    public void Preauth_is_an_error() =>
        Assert.StartsWith("error: greets with PREAUTH", Assert.Single(Backend.Judged(
            ImapInspector.Instance, Backend.Gate("imap"), "* PREAUTH hello", "* CAPABILITY IMAP4rev1\np1 OK Done")));

    [Theory]
    [InlineData("* BYE no", "p1 OK Done")]
    [InlineData(Imap, "p1 BAD what?")]
    [InlineData(Imap, "PROXY BAD Error in IMAP command UNKNOWN: Unknown command\n* CAPABILITY IMAP4rev1\np1 OK Done")]
    [InlineData(Imap, "* BAD Error in IMAP command\n* CAPABILITY IMAP4rev1\np1 OK Done")]
    public void An_imap_server_out_of_step_does_not_speak(string greeting, string reply) =>
        Assert.False(ImapInspector.Instance.Speaks(Backend.Heard(ImapInspector.Instance, greeting, reply)));

    [Fact]
    public void Another_protocol_is_foreign()
    {
        Assert.Equal(-1, ImapInspector.Instance.ReplyLength("+OK ready\r\n", 0));
        Assert.Equal(-1, Pop3Inspector.Instance.ReplyLength("* OK ready\r\n", 0));
        Assert.Equal(-1, SieveInspector.Instance.ReplyLength("220 ready\r\n", 0));
        Assert.Equal(-1, SieveInspector.Instance.ReplyLength("OKAY\r\n", 0));
    }

    [Theory]
    [InlineData("+OK\nTOP\nUSER\nUIDL\n.")]
    [InlineData("+OK\nTOP\nSASL PLAIN\n.")]
    public void A_pop3_server_that_lets_clients_log_in_is_good(string capabilities) =>
        Assert.Empty(Backend.Judged(Pop3Inspector.Instance, Backend.Gate("pop3"), "+OK Dovecot ready.", capabilities));

    [Theory]
    [InlineData("+OK\nTOP\nSASL\n.")]
    [InlineData("+OK\nTOP\n.")]
    public void A_pop3_server_without_a_login_is_an_error(string capabilities)
    {
        string found = Assert.Single(Backend.Judged(Pop3Inspector.Instance, Backend.Gate("pop3"), "+OK Dovecot ready.", capabilities));
        Assert.StartsWith("error: offers neither USER nor SASL", found);
        Assert.Contains("disable_plaintext_auth = no", found);
    }

    [Fact]
    public void Stls_inside_tls_is_a_warning() =>
        Assert.StartsWith("warning: still offers STLS", Assert.Single(Backend.Judged(
            Pop3Inspector.Instance, Backend.Gate("pop3"), "+OK", "+OK\nUSER\nSTLS\n.")));

    [Fact]
    public void A_pop3_server_that_takes_the_header_for_a_command_does_not_speak() =>
        Assert.False(Pop3Inspector.Instance.Speaks(Backend.Heard(Pop3Inspector.Instance, "+OK ready", "-ERR Unknown command.")));

    [Fact]
    public void A_sieve_server_that_lets_clients_log_in_is_good() =>
        Assert.Empty(Backend.Judged(
            SieveInspector.Instance, Backend.Gate("sieve"), "\"IMPLEMENTATION\" \"Dovecot Pigeonhole\"\n\"SASL\" \"PLAIN\"\nOK \"Dovecot ready.\"", "OK \"NOOP completed.\""));

    [Theory]
    [InlineData("\"SASL\" \"\"\nOK")]
    [InlineData("\"SASL\"\nOK")]
    [InlineData("\"VERSION\" \"1.0\"\nOK \"ready\"")]
    public void A_sieve_server_without_a_mechanism_is_an_error(string greeting) =>
        Assert.StartsWith("error: offers no SASL mechanism", Assert.Single(
            Backend.Judged(SieveInspector.Instance, Backend.Gate("sieve"), greeting, "OK")));

    [Fact]
    public void Sieve_starttls_inside_tls_is_a_warning() =>
        Assert.StartsWith("warning: still offers STARTTLS", Assert.Single(Backend.Judged(
            SieveInspector.Instance, Backend.Gate("sieve"), "\"SASL\" \"PLAIN\"\n\"STARTTLS\"\nOK", "OK")));
}
