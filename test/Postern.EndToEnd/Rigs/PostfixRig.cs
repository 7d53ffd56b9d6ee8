using Xunit;

namespace Postern.EndToEnd.Rigs;

/// <summary>A Postfix of its own: smtp and submission in the clear, behind PROXY headers; delivery by LMTP over TLS, through a gate.</summary>
internal sealed class PostfixRig : IDisposable
{
    /// <summary>The services of master.cf that are not seen from outside.</summary>
    public const string Inside = """
        cleanup unix n - n - 0 cleanup
        qmgr unix n - n 300 1 qmgr
        tlsmgr unix - - n - 1 tlsmgr
        rewrite unix - - n - - trivial-rewrite
        bounce unix - - n - 0 bounce
        defer unix - - n - 0 bounce
        trace unix - - n - 0 bounce
        verify unix - - n - 1 verify
        proxymap unix - - n - - proxymap
        smtp unix - - n - - smtp
        error unix - - n - - error
        retry unix - - n - - error
        lmtp unix - - n - - lmtp
        anvil unix - - n - 1 anvil
        scache unix - - n - 1 scache
        postlog unix-dgram n - n - 1 postlogd

        """;

    /// <summary>What every Postfix of ours has in main.cf: files of its own, no table of the machine's, senders that Dovecot knows.</summary>
    /// <param name="place">Where its files go.</param>
    /// <param name="queue">The folder of its queue.</param>
    /// <param name="data">The folder of its caches.</param>
    /// <param name="log">Path of its log.</param>
    /// <param name="dovecot">Knows passwords.</param>
    public static string Settings(Workplace place, string queue, string data, string log, DovecotRig dovecot) => $"""
        {Files(place, queue, data, log)}
        inet_interfaces = 127.0.0.1
        myhostname = mx.example.test
        mynetworks = 127.0.0.250/32
        virtual_mailbox_domains = example.test
        smtpd_sasl_type = dovecot
        smtpd_sasl_path = {dovecot.AuthSocket}
        smtpd_tls_security_level = none
        smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
        """;

    /// <summary>Files of its own, and no table of the machine's.</summary>
    public static string Files(Workplace place, string queue, string data, string log) => $"""
        compatibility_level = 3.6
        queue_directory = {place.At(queue)}
        data_directory = {place.At(data)}
        mail_owner = postfix
        setgid_group = postdrop
        command_directory = /usr/sbin
        daemon_directory = /usr/lib/postfix/sbin
        meta_directory = /etc/postfix
        maillog_file = {log}
        maillog_file_prefixes = {place.Directory}
        inet_protocols = ipv4
        mydestination =
        local_recipient_maps =
        alias_maps =
        alias_database =
        smtpd_peername_lookup = no
        """;

    private readonly Workplace _place;

    public PostfixRig(Workplace place, DovecotRig dovecot, int lmtpGate, string authority)
    {
        _place = place;
        _ = Directory.CreateDirectory(place.At("queue"));
        _ = place.MakeDirectory("data", "postfix");
        _ = place.Write("postfix/main.cf", $"""
            {Settings(place, "queue", "data", Log, dovecot)}
            virtual_transport = lmtp:inet:localhost:{lmtpGate}
            lmtp_tls_security_level = secure
            lmtp_tls_secure_cert_match = nexthop
            lmtp_tls_CAfile = {authority}
            lmtp_tls_loglevel = 1
            lmtp_host_lookup = native
            message_size_limit = 104857600
            virtual_mailbox_limit = 0
            mailbox_size_limit = 0

            """);
        _ = place.Write("postfix/master.cf", $"""
            127.0.0.1:{Smtp} inet n - n - - smtpd
              -o smtpd_upstream_proxy_protocol=haproxy
            127.0.0.1:{Submission} inet n - n - - smtpd
              -o smtpd_sasl_auth_enable=yes
              -o smtpd_upstream_proxy_protocol=haproxy
            {Inside}
            """);
        ToolResult start = Tool.Run("postfix", "-c", place.At("postfix"), "start");
        Assert.True(start.ExitCode == 0, start.Output);
        foreach (int port in (int[])[Smtp, Submission])
            Workplace.WaitForPort(port, () => File.Exists(Log) ? File.ReadAllText(Log) : start.Output);
    }

    public int Smtp { get; } = Workplace.FreePort();

    public int Submission { get; } = Workplace.FreePort();

    public string Log => _place.At("maillog");

    public void Dispose() => _ = Tool.Run("postfix", "-c", _place.At("postfix"), "stop");
}
