using System.Collections.Immutable;
using System.Text;
using Postern.Configuration.Settings;
using Postern.Protocols;

namespace Postern.Cli.Live;

/// <summary>What a backend's words say about its configuration. Pure: a transcript in, findings out.</summary>
internal static class BackendFindings
{
    public static IEnumerable<Finding> Of(GateSettings gate, Transcript transcript) => transcript.End switch
    {
        DialogueEnd.Complete => OfComplete(gate, transcript),
        DialogueEnd.Refused => [Error("refuses connections: start the server, or have it listen there (Postfix: master.cf; Dovecot: inet_listener in conf.d/10-master.conf)")],
        DialogueEnd.NoSuchSocket => [Error("does not exist: the server that makes this socket is not running, or makes it elsewhere")],
        DialogueEnd.PermissionDenied => [Error("may not be connected to (permission denied): let the user of [server] user write to the socket and enter its directory")],
        DialogueEnd.NoAnswer => [Error("does not answer: is the address right, and does a firewall drop what comes there?")],
        DialogueEnd.NoGreeting => [NoGreeting(gate, transcript)],
        DialogueEnd.NoCapabilities => [Error($"greets but does not answer what a client of {gate.Protocol} asks first")],
        _ => [Error("cannot be connected to: " + transcript.Error)],
    };

    private static Finding NoGreeting(GateSettings gate, Transcript transcript)
    {
        if (transcript.Greeting.Length > 0)
            return Error($"says something that is not {gate.Protocol}: {Quote(transcript.Greeting[0])}");
        return gate.ProxyProtocol == ProxyHeader.None
            ? Error("accepts, and says nothing: it waits for something first. If it expects a PROXY header (Postfix: smtpd_upstream_proxy_protocol; Dovecot: haproxy = yes), set proxy-protocol = \"v2\" here; if it expects TLS at once, use its plain port")
            : Error($"closes or falls silent after a PROXY header: have it accept one (Postfix: smtpd_upstream_proxy_protocol = haproxy; Dovecot: haproxy = yes and haproxy_trusted_networks), or set proxy-protocol = \"none\"");
    }

    private static IEnumerable<Finding> OfComplete(GateSettings gate, Transcript transcript) => gate.Protocol switch
    {
        "smtp" or "submission" or "lmtp" => Smtp(gate, transcript),
        "imap" => Imap(transcript),
        "pop3" => Pop3(transcript),
        "sieve" => Sieve(transcript),
        _ => [],
    };

    private static IEnumerable<Finding> Smtp(GateSettings gate, Transcript transcript)
    {
        if (!transcript.Greeting[^1].StartsWith("220", StringComparison.Ordinal))
        {
            yield return Greets(gate, transcript);
            yield break;
        }

        if (!transcript.Capabilities[^1].StartsWith("250", StringComparison.Ordinal))
        {
            yield return Error($"refuses EHLO: {Quote(transcript.Capabilities[^1])}");
            yield break;
        }

        string[] words = [.. transcript.Capabilities.Skip(1).Where(line => line.Length > 4)
            .Select(line => line[4..].Split(' ', '=')[0].ToUpperInvariant())];
        if (words.Contains("STARTTLS"))
            yield return Error("still offers STARTTLS, which clients would see inside TLS: Postfix: -o smtpd_tls_security_level=none for this service in master.cf");
        if (gate.Protocol == "submission" && !words.Contains("AUTH"))
            yield return Error("does not offer AUTH, so nobody can submit: Postfix: smtpd_sasl_auth_enable=yes and, as TLS ends before it, smtpd_tls_auth_only=no");
        if (gate.Tls == TlsMode.StartTlsOptional && words.Contains("AUTH"))
            yield return Warning("offers AUTH on a gate that accepts mail in the clear; before TLS it is not passed on, but turn it off there: Postfix: -o smtpd_sasl_auth_enable=no");
        foreach (string dangerous in words.Where(word => word is "XCLIENT" or "XFORWARD"))
            yield return Error($"offers {dangerous} to this machine, and so to every client of the gate, who could pretend to be anybody: set proxy-protocol = \"v2\", or take this machine out of smtpd_authorized_{dangerous.ToLowerInvariant()}_hosts");
    }

    private static IEnumerable<Finding> Imap(Transcript transcript)
    {
        string greeting = transcript.Greeting[0];
        if (greeting.StartsWith("* PREAUTH", StringComparison.OrdinalIgnoreCase))
        {
            yield return Error("greets with PREAUTH: whoever connects is logged in");
            yield break;
        }

        if (!greeting.StartsWith("* OK", StringComparison.OrdinalIgnoreCase))
        {
            yield return Error($"does not greet as an IMAP server: {Quote(greeting)}");
            yield break;
        }

        string all = " " + string.Join(' ', transcript.Capabilities).ToUpperInvariant() + " ";
        if (all.Contains(" STARTTLS ", StringComparison.Ordinal))
            yield return Error("still offers STARTTLS, which clients would see inside TLS: Dovecot: ssl = no for this listener's service");
        if (all.Contains(" LOGINDISABLED ", StringComparison.Ordinal))
            yield return Error("says LOGINDISABLED, so nobody can log in: it does not know that TLS ends before it. Dovecot: disable_plaintext_auth = no");
    }

    private static IEnumerable<Finding> Pop3(Transcript transcript)
    {
        if (!transcript.Greeting[0].StartsWith("+OK", StringComparison.Ordinal))
        {
            yield return Error($"does not greet as a POP3 server: {Quote(transcript.Greeting[0])}");
            yield break;
        }

        string[] words = [.. transcript.Capabilities.Select(line => line.Split(' ')[0].ToUpperInvariant())];
        if (words.Contains("STLS"))
            yield return Error("still offers STLS, which clients would see inside TLS: Dovecot: ssl = no for this listener's service");
        if (transcript.Capabilities[0].StartsWith("+OK", StringComparison.Ordinal) && !words.Contains("USER") && !words.Contains("SASL"))
            yield return Error("offers no way to log in (neither USER nor SASL): Dovecot: disable_plaintext_auth = no");
    }

    private static IEnumerable<Finding> Sieve(Transcript transcript)
    {
        if (!transcript.Greeting[^1].StartsWith("OK", StringComparison.OrdinalIgnoreCase))
        {
            yield return Error($"does not greet as a ManageSieve server: {Quote(transcript.Greeting[^1])}");
            yield break;
        }

        if (transcript.Greeting.Any(line => line.StartsWith("\"STARTTLS\"", StringComparison.OrdinalIgnoreCase)))
            yield return Error("still offers STARTTLS, which clients would see inside TLS: Dovecot: ssl = no for this listener's service");
        if (transcript.Greeting.Any(line => line.StartsWith("\"SASL\" \"\"", StringComparison.OrdinalIgnoreCase)))
            yield return Error("offers no way to log in (SASL is empty): Dovecot: disable_plaintext_auth = no");
    }

    private static Finding Greets(GateSettings gate, Transcript transcript) =>
        Error($"does not greet as a server of {gate.Protocol}: {Quote(transcript.Greeting[^1])}");

    private static Finding Error(string text) => new(true, text);

    private static Finding Warning(string text) => new(false, text);

    /// <summary>A backend's words, cut and escaped: they end up on a terminal.</summary>
    private static string Quote(string words)
    {
        var text = new StringBuilder("\"");
        foreach (char c in words.AsSpan(0, Math.Min(words.Length, 100)))
            _ = c is < ' ' or > '~' or '"' or '\\' ? text.Append($"\\x{(int)c:x2}") : text.Append(c);
        return text.Append('"').ToString();
    }
}
