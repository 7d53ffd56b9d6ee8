namespace Postern.EndToEnd.Rigs;

/// <summary>
/// A Postfix with a port for each way in, for smtp and for submission: without TLS, with TLS from the first byte
/// (smtpd_tls_wrappermode), and one that takes nothing before STARTTLS (smtpd_tls_security_level = encrypt). What it accepts goes to
/// Dovecot.
/// </summary>
internal sealed class StrictPostfixRig : IDisposable
{
    private readonly Workplace _place;

    /// <param name="place">Where its files go: below strict/.</param>
    /// <param name="dovecot">Knows passwords, and keeps the mail.</param>
    /// <param name="certificate">Path of its chain, beside which lies its key.</param>
    public StrictPostfixRig(Workplace place, DovecotRig dovecot, string certificate)
    {
        _place = place;
        _ = Directory.CreateDirectory(place.At("strict/queue"));
        _ = place.MakeDirectory("strict/data", "postfix");
        _ = place.Write("strict/etc/main.cf", $"""
            {PostfixRig.Settings(place, "strict/queue", "strict/data", Log, dovecot)}
            virtual_transport = lmtp:unix:{dovecot.LmtpSocket}
            smtpd_tls_chain_files = {Path.ChangeExtension(certificate, ".key")}, {certificate}

            """);
        const string Wrapped = "-o smtpd_tls_security_level=encrypt -o smtpd_tls_wrappermode=yes";
        const string Encrypted = "-o smtpd_tls_security_level=encrypt";

        // RFC 6409 §4.3: who submits says who it is.
        const string Authenticated = "-o smtpd_sasl_auth_enable=yes -o smtpd_client_restrictions=permit_sasl_authenticated,reject";
        _ = place.Write("strict/etc/master.cf", $"""
            127.0.0.1:{Smtp} inet n - n - - smtpd
            127.0.0.1:{Smtps} inet n - n - - smtpd {Wrapped}
            127.0.0.1:{SmtpStartTls} inet n - n - - smtpd {Encrypted}
            127.0.0.1:{Submission} inet n - n - - smtpd {Authenticated}
            127.0.0.1:{Submissions} inet n - n - - smtpd {Wrapped} {Authenticated} -o smtpd_tls_auth_only=yes
            127.0.0.1:{SubmissionStartTls} inet n - n - - smtpd {Encrypted} {Authenticated} -o smtpd_tls_auth_only=yes
            {PostfixRig.Inside}
            """);
        Tool.Must("postfix", "-c", place.At("strict/etc"), "start");
        foreach (int port in (int[])[Smtp, Smtps, SmtpStartTls, Submission, Submissions, SubmissionStartTls])
            Workplace.WaitForPort(port, () => File.Exists(Log) ? File.ReadAllText(Log) : "no log");
    }

    public int Smtp { get; } = Workplace.FreePort();

    public int Smtps { get; } = Workplace.FreePort();

    public int SmtpStartTls { get; } = Workplace.FreePort();

    public int Submission { get; } = Workplace.FreePort();

    public int Submissions { get; } = Workplace.FreePort();

    public int SubmissionStartTls { get; } = Workplace.FreePort();

    public string Log => _place.At("strict.log");

    public void Dispose() => _ = Tool.Run("postfix", "-c", _place.At("strict/etc"), "stop");
}
