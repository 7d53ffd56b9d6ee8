using Postern.Cli.Live;
using Postern.Configuration.Settings;
using Postern.Protocols;

namespace Postern.Cli.Tests.Live;

public sealed class SmtpInspectorTests
{
    private const string Postfix = "220 mx.example ESMTP Postfix (Debian/GNU)";

    private static readonly EndpointAddress s_everywhere = new() { Host = "::", Port = 25 };
    private static readonly EndpointAddress s_loopback = new() { Host = "127.0.0.1", Port = 2525 };

    [Fact]
    public void A_mail_exchanger_without_tls_of_its_own_is_good() =>
        Assert.Empty(Backend.Judged(SmtpInspector.Smtp, Backend.Gate("smtp"), Postfix, "250-mx.example\n250-PIPELINING\n250-SIZE 10240000\n250 CHUNKING"));

    [Fact]
    public void Starttls_inside_tls_is_a_warning_that_names_the_setting()
    {
        string found = Assert.Single(Backend.Judged(SmtpInspector.Smtp, Backend.Gate("smtp"), Postfix, "250-mx.example\n250 STARTTLS"));
        Assert.StartsWith("warning: still offers STARTTLS", found);
        Assert.Contains("smtpd_tls_security_level=none", found);
    }

    [Fact]
    public void A_host_by_the_name_of_an_extension_offers_nothing() =>
        Assert.Empty(Backend.Judged(SmtpInspector.Smtp, Backend.Gate("smtp"), Postfix, "250-STARTTLS\n250 SIZE 1"));

    [Fact]
    public void Submission_without_auth_is_an_error_that_names_the_setting()
    {
        string found = Assert.Single(Backend.Judged(SmtpInspector.Submission, Backend.Gate("submission"), Postfix, "250-mx.example\n250 PIPELINING"));
        Assert.StartsWith("error: does not offer AUTH", found);
        Assert.Contains("smtpd_tls_auth_only=no", found);
    }

    [Fact]
    public void Dovecots_submission_is_told_of_dovecots_setting() =>
        Assert.Contains("disable_plaintext_auth = no", Assert.Single(
            Backend.Judged(SmtpInspector.Submission, Backend.Gate("submission"), "220 mx.example Dovecot ready.", "250 mx.example")));

    [Theory]
    [InlineData("250-mx.example\n250 AUTH PLAIN LOGIN")]
    [InlineData("250-mx.example\n250-AUTH=PLAIN\n250 auth plain")]
    public void Submission_with_auth_is_good(string extensions) =>
        Assert.Empty(Backend.Judged(SmtpInspector.Submission, Backend.Gate("submission"), Postfix, extensions));

    [Fact]
    public void Auth_where_mail_goes_through_in_the_clear_is_an_error()
    {
        string found = Assert.Single(Backend.Judged(
            SmtpInspector.Smtp, Backend.Gate("smtp", TlsMode.StartTlsOptional), Postfix, "250-mx.example\n250 AUTH PLAIN"));
        Assert.StartsWith("error: offers AUTH", found);
        Assert.Contains("smtpd_sasl_auth_enable=no", found);
    }

    [Theory]
    [InlineData("XCLIENT", "250 XCLIENT NAME ADDR", "smtpd_authorized_xclient_hosts")]
    [InlineData("XFORWARD", "250 XFORWARD NAME ADDR", "smtpd_authorized_xforward_hosts")]
    public void What_makes_a_client_somebody_else_is_an_error(string word, string last, string setting)
    {
        string found = Assert.Single(Backend.Judged(SmtpInspector.Smtp, Backend.Gate("smtp"), Postfix, "250-mx.example\n" + last));
        Assert.StartsWith($"error: offers {word}", found);
        Assert.Contains(setting, found);
        Assert.Contains("proxy-protocol = \"v2\"", found);
    }

    [Fact]
    public void With_a_proxy_header_it_is_offered_to_our_address_and_to_no_client() =>
        Assert.Empty(Backend.Judged(
            SmtpInspector.Smtp, Backend.Gate("smtp", proxy: ProxyHeader.V2), Postfix, "250-mx.example\n250 XCLIENT NAME ADDR"));

    /// <summary>Postfix takes mail to anywhere from mynetworks, 127.0.0.0/8 by default: without a PROXY header, from everybody.</summary>
    [Theory]
    [InlineData("250 2.1.5 Ok", true)]
    [InlineData("454 4.7.1 <postmaster@relay.invalid>: Relay access denied", false)]
    [InlineData("554 5.7.1 <localhost[127.0.0.1]>: Client host rejected: Access denied", false)]
    public void Mail_to_anywhere_from_everybody_is_an_error(string recipient, bool relays)
    {
        GateSettings gate = Backend.Gate("smtp") with { Listen = [s_everywhere] };
        string[] found = Backend.Judged(SmtpInspector.Smtp.Before(gate), gate, Postfix, "250 mx.example", "250 2.1.0 Ok", recipient);
        Assert.Equal(relays, found is [var only] && only.StartsWith("error: takes mail to anywhere", StringComparison.Ordinal) && only.Contains("mynetworks", StringComparison.Ordinal));
        Assert.True(relays || found.Length == 0);
    }

    [Fact]
    public void Relay_is_asked_for_where_clients_come_from_elsewhere_and_the_backend_does_not_know()
    {
        GateSettings gate = Backend.Gate("submission") with { Listen = [s_everywhere] };
        Assert.Equal(["EHLO g", "MAIL FROM:<>", "RCPT TO:<postmaster@relay.invalid>"], Questions(gate));
        Assert.Equal(3, Questions(gate with { Listen = [s_loopback], AcceptProxyFrom = ["192.0.2.0/24"] }).Length);

        Assert.All(
            (GateSettings[])[gate with { ProxyProtocol = ProxyHeader.V2 }, gate with { ClientCertificate = ClientCertificate.Require }, gate with { Listen = [s_loopback] }],
            other => Assert.Equal(["EHLO g"], Questions(other)));
    }

    private static string[] Questions(GateSettings gate) => [.. BackendInspector.For(gate)!.Questions("g")];

    [Fact]
    public void Lmtp_says_lhlo_and_is_told_of_dovecots_settings()
    {
        Assert.Equal(["LHLO gate.example"], SmtpInspector.Lmtp.Questions("gate.example"));
        string[] found = Backend.Judged(
            SmtpInspector.Lmtp, Backend.Gate("lmtp"), "220 mx.example Dovecot ready.", "250-mx.example\n250-STARTTLS\n250 XCLIENT ADDR PORT");
        Assert.Equal(2, found.Length);
        Assert.Contains("ssl = no", found[0]);
        Assert.Contains("login_trusted_networks", found[1]);
    }

    [Theory]
    [InlineData("554 5.7.1 No", "250 mx")]
    [InlineData("220 mx", "500 5.5.2 Error: command not recognized")]
    [InlineData("220 mx", "421 4.3.0 Server local error")]
    public void A_refusal_is_not_speaking(string greeting, string reply) =>
        Assert.False(SmtpInspector.Smtp.Speaks(Backend.Heard(SmtpInspector.Smtp, greeting, reply)));

    [Theory]
    [InlineData("* OK ready\r\n")]
    [InlineData("+OK ready\r\n")]
    [InlineData("220+mx\r\n")]
    [InlineData("\r\n")]
    [InlineData("22\r\n")]
    public void Another_protocol_is_foreign(string greeting) => Assert.Equal(-1, SmtpInspector.Smtp.ReplyLength(greeting, 0));
}
