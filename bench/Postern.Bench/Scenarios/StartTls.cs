using Postern.Bench.Backends;
using Postern.Bench.Load;
using Postern.Bench.Peers;

namespace Postern.Bench.Scenarios;

/// <summary>A whole visit through STARTTLS, one command inside TLS, and the protocol's good-bye.</summary>
internal sealed class StartTls(Front front) : Scenario
{
    private const int Connections = 700;
    private const int WarmUpConnections = 64;

    /// <summary>More than elsewhere: the dialogues of nginx and stunnel wait for delayed acknowledgements, 40 ms at a time.</summary>
    private const int Threads = 32;

    internal override string Name => front == Front.Imap ? "starttls-imap" : "starttls-smtp";

    internal override string Title => front == Front.Imap
        ? "IMAP with STARTTLS: µs a connection"
        : "SMTP with STARTTLS: µs a connection";

    internal override string Explanation =>
        $"{Connections} connections from {Threads} clients at a time: greeting, "
        + (front == Front.Imap ? "STARTTLS, a full handshake, CAPABILITY, LOGOUT" : "EHLO, STARTTLS, a full handshake, EHLO, QUIT")
        + ". nginx mail answers all of this itself and never goes to the backend (it does so at the log-in only), so it has one "
        + "TCP connection less to make: an advantage of this dialogue that a real session would not give it. The others take the "
        + "answers inside TLS from the backend.";

    internal override Front Front => front;

    internal override Backend StartBackend() => front == Front.Imap ? new ImapBackend() : new SmtpBackend();

    internal override void WarmUp(Run run) => Visit(run, WarmUpConnections);

    internal override double Load(Run run)
    {
        Visit(run, Connections * run.Scale);
        return Connections * run.Scale;
    }

    private void Visit(Run run, int count) => Crew.Share(Threads, count, (_, share) =>
    {
        for (var i = 0; i < share; i++)
        {
            using var client = run.Connect();
            if (front == Front.Imap)
                Imap(client, run.Tls);
            else
                Smtp(client, run.Tls);
            client.Close();
        }
    });

    private static void Imap(TlsClient client, TlsClientContext tls)
    {
        client.Expect("* OK"u8);
        client.Write("1 STARTTLS\r\n"u8);
        client.Expect("1 OK"u8);
        client.Handshake(tls);
        client.Write("2 CAPABILITY\r\n"u8);
        client.Expect("2 OK"u8);
        client.Write("3 LOGOUT\r\n"u8);
        client.Expect("3 OK"u8);
    }

    private static void Smtp(TlsClient client, TlsClientContext tls)
    {
        client.Expect("220 "u8);
        client.Write("EHLO client.test\r\n"u8);
        client.Expect("250 "u8);
        client.Write("STARTTLS\r\n"u8);
        client.Expect("220 "u8);
        client.Handshake(tls);
        client.Write("EHLO client.test\r\n"u8);
        client.Expect("250 "u8);
        client.Write("QUIT\r\n"u8);
        client.Expect("221 "u8);
    }
}
