using System.Collections.Immutable;
using Postern.Configuration.Settings;
using Postern.Protocols;

namespace Postern.Cli.Live;

/// <summary>SMTP, submission and LMTP: greeting, EHLO (LHLO), and what its extensions mean behind a gate.</summary>
internal sealed class SmtpInspector : BackendInspector
{
    // RFC 2606 §2: nobody has an address there, so that nobody gets mail, should a server take it for more than a question.
    private static readonly ImmutableArray<string> s_relayQuestions = ["MAIL FROM:<>", "RCPT TO:<postmaster@relay.invalid>"];

    private readonly string _hello;
    private readonly bool _asksForRelay;

    private SmtpInspector(string name, string hello, bool asksForRelay = false)
    {
        Name = name;
        _hello = hello;
        _asksForRelay = asksForRelay;
    }

    public static SmtpInspector Smtp { get; } = new("SMTP", "EHLO");

    public static SmtpInspector Submission { get; } = new("SMTP submission", "EHLO");

    public static SmtpInspector Lmtp { get; } = new("LMTP", "LHLO");

    /// <summary>
    /// The one for a gate. Where clients come from elsewhere and the backend does not hear whence, it also asks whether mail to
    /// anywhere is taken from this machine: Postfix's default for mynetworks has it, and behind the gate everybody is it.
    /// </summary>
    public SmtpInspector Before(GateSettings gate)
    {
        bool knowsClients = gate.ProxyProtocol != ProxyHeader.None || gate.ClientCertificate == ClientCertificate.Require;
        bool isForThisMachine = gate.AcceptProxyFrom.IsEmpty && gate.Listen.All(address => address.IsLocal);
        return knowsClients || isForThisMachine ? this : new SmtpInspector(Name, _hello, asksForRelay: true);
    }

    public override string Name { get; }

    public override string Farewell => "QUIT";

    public override ImmutableArray<string> Questions(string hostName) => [$"{_hello} {hostName}", .. _asksForRelay ? s_relayQuestions : []];

    public override int ReplyLength(ReadOnlySpan<char> input, int reply)
    {
        int length = 0;
        while (LineLength(input[length..]) is > 0 and int line)
        {
            ReadOnlySpan<char> text = input.Slice(length, line).TrimEnd("\r\n");
            length += line;
            if (text.Length < 3 || text[..3].ContainsAnyExceptInRange('0', '9') || (text.Length > 3 && text[3] is not (' ' or '-')))
                return -1;
            if (text.Length == 3 || text[3] == ' ')
                return length;
        }

        return 0;
    }

    public override bool Speaks(Transcript transcript) =>
        transcript.Lines(0) is [['2', '2', '0', ..], ..] && transcript.Lines(1) is [['2', '5', '0', ..], ..];

    public override IEnumerable<Finding> Judge(Transcript transcript, GateSettings gate)
    {
        // "250-SIZE 10240000": the word behind the code; the first line is the server's name.
        HashSet<string> offers = transcript.Lines(1).Skip(1).Where(line => line.Length > 4)
            .Select(line => line[4..].Split(' ', '=')[0].ToUpperInvariant()).ToHashSet(StringComparer.Ordinal);
        bool dovecot = transcript.Greeting.Contains("Dovecot", StringComparison.OrdinalIgnoreCase);
        bool inTls = gate.BackendTls is not null;
        bool proxied = gate.ProxyProtocol != ProxyHeader.None;

        if (offers.Contains("STARTTLS") && inTls)
        {
            yield return InsideTls.OffersStartTls("STARTTLS");
        }
        else if (offers.Contains("STARTTLS"))
        {
            yield return Finding.Warning(
                "still offers STARTTLS, which clients would see again inside TLS: " + (dovecot
                    ? "in Dovecot set ssl = no for this protocol"
                    : "in Postfix set -o smtpd_tls_security_level=none for this service in master.cf"));
        }

        if (gate.Protocol == "submission" && !offers.Contains("AUTH"))
        {
            yield return inTls ? InsideTls.LoginDisabled("does not offer AUTH") : Finding.Error(
                "does not offer AUTH without TLS, so that nobody can log in: " + (dovecot
                    ? "in Dovecot set disable_plaintext_auth = no (2.4: auth_allow_cleartext = yes), or name this machine in login_trusted_networks"
                    : "in Postfix set -o smtpd_sasl_auth_enable=yes and -o smtpd_tls_auth_only=no for this service in master.cf"));
        }

        if (gate.Tls == TlsMode.StartTlsOptional && offers.Contains("AUTH"))
        {
            yield return Finding.Error(
                "offers AUTH, and this gate lets mail through without TLS: a password could be asked for in the clear; in Postfix set -o smtpd_sasl_auth_enable=no for this service in master.cf, and have clients log in at a submission gate");
        }

        if (transcript.Lines(1 + s_relayQuestions.Length) is [['2', '5', ..], ..])
        {
            yield return Finding.Error(
                "takes mail to anywhere from this machine's address, which every client has behind this gate: anybody could send mail through it; set proxy-protocol = \"v2\" here and in Postfix -o smtpd_upstream_proxy_protocol=haproxy for this service in master.cf, or take this machine out of Postfix's mynetworks");
        }

        // With a PROXY header the backend judges the client's own address; what it offers to ours is offered to nobody.
        foreach (string extension in (string[])["XCLIENT", "XFORWARD"])
        {
            if (!offers.Contains(extension) || proxied)
                continue;
            string setting = dovecot || gate.Protocol == "lmtp"
                ? "take this machine out of Dovecot's login_trusted_networks"
                : $"take this machine out of Postfix's smtpd_authorized_{extension.ToLowerInvariant()}_hosts";
            yield return Finding.Error(
                $"offers {extension} to this machine's address, which every client has behind this gate: any of them could give itself another address; set proxy-protocol = \"v2\" here and in the backend, or {setting}");
        }
    }
}
