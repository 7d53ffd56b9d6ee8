using System.Net;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using Xunit;

namespace Postern.EndToEnd.Rigs;

/// <summary>The whole host: Postfix and Dovecot in the clear, and a posternd with a gate for each of their services.</summary>
public sealed class MailHost : IDisposable
{
    private readonly Workplace _place = new();

    public MailHost()
    {
        Certificates = new Certificates(_place);
        Dovecot = new DovecotRig(_place);
        Postfix = new PostfixRig(_place, Dovecot, Lmtp, Certificates.Authority);
        Gates = new PosternRig(_place, "mail", "workers = 2", Tables(), [Smtp, Submission, Submissions, Lmtp, Imap, Imaps, Pop3, Pop3s, Sieve]);
    }

    internal Certificates Certificates { get; }

    internal DovecotRig Dovecot { get; }

    internal PostfixRig Postfix { get; }

    internal PosternRig Gates { get; }

    internal int Smtp { get; } = Workplace.FreePort();

    internal int Submission { get; } = Workplace.FreePort();

    internal int Submissions { get; } = Workplace.FreePort();

    internal int Lmtp { get; } = Workplace.FreePort();

    internal int Imap { get; } = Workplace.FreePort();

    internal int Imaps { get; } = Workplace.FreePort();

    internal int Pop3 { get; } = Workplace.FreePort();

    internal int Pop3s { get; } = Workplace.FreePort();

    internal int Sieve { get; } = Workplace.FreePort();

    /// <summary>Certificates and gates, as they stand in the configuration file.</summary>
    internal string Tables() => Certificates.Tables
        + Gate("smtp", "smtp", Smtp, "starttls-optional", $"127.0.0.1:{Postfix.Smtp}", "v2")
        + Gate("submission", "submission", Submission, "starttls", $"127.0.0.1:{Postfix.Submission}", "v2")
        + Gate("submissions", "submission", Submissions, "implicit", $"127.0.0.1:{Postfix.Submission}", "v1")
        + Gate("lmtp", "lmtp", Lmtp, "starttls", "unix:" + Dovecot.LmtpSocket, "none")
        + Gate("imap", "imap", Imap, "starttls", $"127.0.0.1:{Dovecot.Imap}", "v2")
        + Gate("imaps", "imap", Imaps, "implicit", $"127.0.0.1:{Dovecot.Imap}", "v2")
        + Gate("pop3", "pop3", Pop3, "starttls", $"127.0.0.1:{Dovecot.Pop3}", "v2")
        + Gate("pop3s", "pop3", Pop3s, "implicit", $"127.0.0.1:{Dovecot.Pop3}", "v1")
        + Gate("sieve", "sieve", Sieve, "starttls", $"127.0.0.1:{Dovecot.Sieve}", "v2");

    public void Dispose()
    {
        Gates.Dispose();
        Postfix.Dispose();
        Dovecot.Dispose();
        _place.Dispose();
    }

    internal static MimeMessage Message(string user, string subject, string text) => new(
        [new MailboxAddress("Alice", "alice@example.test")], [new MailboxAddress("", user + "@example.test")], subject, new TextPart("plain") { Text = text });

    /// <summary>Submits with AUTH, through STARTTLS or implicit TLS, from this local address.</summary>
    internal void Submit(MimeMessage message, bool implicitTls = false, string from = "127.0.0.1")
    {
        using var client = new SmtpClient { CheckCertificateRevocation = false, ServerCertificateValidationCallback = (_, _, _, _) => true };
        client.LocalEndPoint = new IPEndPoint(IPAddress.Parse(from), 0);
        client.Connect("localhost", implicitTls ? Submissions : Submission, implicitTls ? SecureSocketOptions.SslOnConnect : SecureSocketOptions.StartTls);
        client.Authenticate("alice", "secret");
        _ = client.Send(message);
        client.Disconnect(quit: true);
    }

    internal ImapClient OpenImap(string user, bool implicitTls = true)
    {
        var client = new ImapClient { CheckCertificateRevocation = false, ServerCertificateValidationCallback = (_, _, _, _) => true };
        client.Connect("localhost", implicitTls ? Imaps : Imap, implicitTls ? SecureSocketOptions.SslOnConnect : SecureSocketOptions.StartTls);
        client.Authenticate(user, "secret");
        _ = client.Inbox.Open(FolderAccess.ReadWrite);
        return client;
    }

    /// <summary>Waits until a user's mailbox has so many messages.</summary>
    internal static void WaitForMail(ImapClient client, int count) => Workplace.WaitFor(
        () =>
        {
            client.NoOp();
            return client.Inbox.Count >= count;
        },
        () => $"the mailbox has {client.Inbox.Count} messages, not {count}");

    private static string Gate(string name, string protocol, int port, string tls, string backend, string proxy) => $"""
        [[gate]]
        name = "{name}"
        protocol = "{protocol}"
        listen = ["127.0.0.1:{port}"]
        tls = "{tls}"
        certificate = ["ec", "rsa"]
        backend = "{backend}"
        proxy-protocol = "{proxy}"


        """;
}

/// <summary>One host for all scenarios that need one: Postfix takes seconds to start.</summary>
[CollectionDefinition(nameof(MailHost))]
public sealed class MailHostCollection : ICollectionFixture<MailHost>;
