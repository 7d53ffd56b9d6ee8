namespace Postern.Cli.Live;

/// <summary>What is said of a backend that is asked inside its own TLS: what it has to offer there is another matter than in the clear.</summary>
internal static class InsideTls
{
    // RFC 3207 §4.2, and the others alike: "A server MUST NOT return the STARTTLS extension" once TLS has begun.
    public static Finding OffersStartTls(string command) => Finding.Warning(
        $"still offers {command} inside TLS: it takes the connection for one in the clear; does something before it end its TLS? name the server's own port");

    public static Finding LoginDisabled(string what) => Finding.Error(
        $"{what} inside TLS, so that nobody can log in: has it a mechanism for passwords turned on (in Postfix smtpd_sasl_auth_enable=yes, in Dovecot auth_mechanisms), or does something before it end its TLS?");
}
