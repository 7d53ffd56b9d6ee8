using System.Collections.Immutable;
using Postern.EndToEnd.Rigs;

namespace Postern.EndToEnd.Scenarios.Outbound;

/// <summary>
/// MTA-STS (RFC 8461), by rule. Where the policy is none, its host has a certificate that nobody signed, so that mail goes there only
/// because nothing is enforced; where it binds although it looks odd, its host has somebody else's.
/// </summary>
internal static class StsScenes
{
    public static ImmutableArray<Scene> All { get; } =
    [
        // 1. TXT: join strings, drop what is not ours, exactly one must be left, follow CNAMEs.
        Enforced("TXT in pieces", new("sts-joined.test") { Record = "TXT \"v=STS\" \"v1; i\" \"d=1;\"" }),
        Enforced("TXT beside others", new("sts-noise.test") { Record = "TXT \"v=spf1 -all\"\n_mta-sts TXT \"v=STSv1; id=1;\"\n_mta-sts TXT \"v=STSv10; id=2;\"" }),
        Ignored("TXT twice", new("sts-twice.test") { Record = "TXT \"v=STSv1; id=1;\"\n_mta-sts TXT \"v=STSv1; id=2;\"" }),
        Enforced("TXT by a CNAME", new("sts-alias.test") { Record = "CNAME _mta-sts.sts.test." }),

        // 2. id: 1 to 32 alphanumerics.
        Ignored("id too long", new("sts-id.test") { Record = $"TXT \"v=STSv1; id={new string('1', 33)};\"" }),
        Ignored("id of other letters", new("sts-sign.test") { Record = "TXT \"v=STSv1; id=2026-11-01;\"" }),

        // 3. HTTPS: 200 only, no redirect; time and length are bounded; text/plain.
        Ignored("404", new("sts-404.test") { Answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n" }),
        Ignored("a redirect", new("sts-redirect.test") { Answer = "HTTP/1.1 301 Moved Permanently\r\nLocation: https://mta-sts.sts.test/.well-known/mta-sts.txt\r\nContent-Length: 0\r\n\r\n" }),
        Ignored("huge", new("sts-huge.test") { Answer = PolicyHosts.Saying(Policy("sts-huge.test") + string.Concat(Enumerable.Repeat("mx: mx.elsewhere.test\r\n", 3000))) }),
        Ignored("another type", new("sts-html.test") { Answer = PolicyHosts.Saying(Policy("sts-html.test"), "text/html") }),
        Ignored("the policy host's certificate has expired", new("sts-old.test") { PolicyHost = PolicyHosts.Expired }),
        Ignored("the policy host's certificate is another's", new("sts-another.test") { PolicyHost = PolicyHosts.Foreign }),
        Ignored("the policy host says nothing", new("sts-slow.test") { PolicyHost = PolicyHosts.Slow }),

        // 4. LF or CRLF, trailing white space, keys case-sensitive, the first of a repeated key.
        Bound("LF, white space, a key twice", new("sts-lf.test") { Policy = "version: STSv1 \nmode: enforce\t \nmode: none\nmx: mx.sts-lf.test\nmax_age: 86400" }),
        Ignored("a key in capitals", new("sts-case.test") { Policy = "version: STSv1\r\nMode: enforce\r\nmx: mx.sts-case.test\r\nmax_age: 86400\r\n" }),

        // 5. max_age: 1 to 10 digits, 0 legal, clamped.
        Bound("max_age of ten digits", new("sts-long.test") { Policy = Policy("sts-long.test", "9999999999") }),
        Ignored("max_age of eleven digits", new("sts-longer.test") { Policy = Policy("sts-longer.test", "99999999999") }),
        Bound("max_age of 0", new("sts-zero.test") { Policy = Policy("sts-zero.test", "0") }),

        // 6. A wildcard matches one label; then the certificate must be for the host: DNS-ID, no common name. SNI is the MX name.
        Enforced("enforce", new("sts.test")),
        Enforced("a wildcard", new("sts-wild.test") { Policy = Policy("*.sts-wild.test", mx: true) }),
        Stranger("a wildcard is one label", new("sts-deep.test") { Records = $"@ MX 10 mx.deep\nmx.deep A {MailWorld.Right}", Policy = Policy("*.sts-deep.test", mx: true) }, "mx.deep.sts-deep.test"),
        Stranger("a host that the policy does not name", new("sts-foreign.test") { Policy = Policy("elsewhere.test") }, "mx.sts-foreign.test"),
        Bound("another's certificate", new("sts-wrong.test")),
        Deferred("an expired certificate", new("sts-expired.test") { Host = MailWorld.Expired }, "451 4.7.5", "its certificate has expired"),
        Deferred("somebody swaps the certificate", new("sts-swap.test") { Host = MailWorld.SelfSigned }, "451 4.7.5", "its certificate is not trusted"),
        Deferred("a name as the common name only", new("sts-cn.test") { Host = MailWorld.CommonName }, "451 4.7.5", "its certificate is for another name"),
        Deferred("somebody strips STARTTLS", new("sts-strip.test") { Host = MailWorld.Stripped }, "451 4.7.4", "it does not offer STARTTLS"),
        Enforced("SNI is the MX name", new("sts-sni.test") { Host = MailWorld.Sni }),

        // 7. No cache and a failing fetch, above. With a cache: SequenceTests. 8. testing delivers, none is none.
        Ignored("testing", new("sts-testing.test") { Policy = "version: STSv1\r\nmode: testing\r\nmx: mx.sts-testing.test\r\nmax_age: 86400\r\n" }),
        Ignored("none", new("sts-none.test") { Policy = "version: STSv1\r\nmode: none\r\nmax_age: 86400\r\n" }),

        // 9. The fetch is a request to a host that a stranger names. So is the delivery.
        Ignored("the policy host has a private address", new("sts-private.test") { PolicyHost = PolicyHosts.Private }),
        new("the mail host has a private address", new("private.test") { Host = "127.0.0.1" }, "451 4.4.4 mx.private.test for private.test has addresses of private networks only", ""),
    ];

    /// <summary>A policy that binds.</summary>
    /// <param name="domain">Whose <c>mx.</c> it names.</param>
    /// <param name="age">Its max_age.</param>
    /// <param name="mx">The first is the whole pattern.</param>
    public static string Policy(string domain, string age = "86400", bool mx = false) =>
        $"version: STSv1\r\nmode: enforce\r\nmx: {(mx ? "" : "mx.")}{domain}\r\nmax_age: {age}\r\n";

    private static MailDomain Unsigned(MailDomain domain) => domain with { Delegation = Delegation.Unsigned, Policy = domain.Policy ?? Policy(domain.Name) };

    private static Scene Enforced(string row, MailDomain domain) => new(row, Unsigned(domain), Scene.Delivered, "mx." + domain.Name);

    private static Scene Ignored(string row, MailDomain domain) => new(row, Unsigned(domain) with { Host = MailWorld.SelfSigned }, Scene.Delivered, "not authenticated");

    private static Scene Bound(string row, MailDomain domain) =>
        Deferred(row, domain with { Host = MailWorld.Other }, "451 4.7.5", "its certificate is for another name");

    private static Scene Stranger(string row, MailDomain domain, string host) =>
        new(row, Unsigned(domain), $"451 4.7.5 {host} is not among the hosts that the MTA-STS policy of {domain.Name} names", "");

    private static Scene Deferred(string row, MailDomain domain, string codes, string what) => new(row, Unsigned(domain),
        $"{codes} mx.{domain.Name} for {domain.Name}: {what}; MTA-STS demands a trusted certificate for mx.{domain.Name}", "");
}
