using System.Collections.Immutable;
using Postern.EndToEnd.Rigs;

namespace Postern.EndToEnd.Scenarios.Outbound;

/// <summary>DANE for SMTP (RFC 7672), by case, and those who attack it. (The operator's next hop is a rule of his: OutboundTests.)</summary>
internal static class DaneScenes
{
    private const string NoMatch = "its certificate matches no TLSA record; DANE demands a match with the TLSA record of ";
    private const string NoStartTls = "it does not offer STARTTLS; DANE demands ";
    private const string Enforce = "version: STSv1\r\nmode: enforce\r\nmx: mx.dane-sts.test\r\nmx: mx.denied-sts.test\r\nmax_age: 86400\r\n";

    /// <summary>Zones that others lead to.</summary>
    public static ImmutableArray<MailDomain> Beside { get; } =
    [
        new("insecure-host.test") { Delegation = Delegation.Unsigned, Records = $"mx A {MailWorld.Right}" },
        new("_tcp.mx.tlsa-insecure.test") { Delegation = Delegation.Unsigned, Records = "_25 TLSA 3 1 1 wrong" },
        new("_tcp.mx.tlsa-bogus.test") { Delegation = Delegation.WrongDs, Records = "_25 TLSA 3 1 1 right" },
        new("ta-target.test") { Host = MailWorld.Private, Tlsa = "2 0 1 private-ca" },
        new("sni-target.test") { Host = MailWorld.Sni, Tlsa = "3 1 1 right" },
    ];

    public static ImmutableArray<Scene> All { get; } =
    [
        // MX lookup fails: defer.
        Deferred("MX bogus", new("bogus.test") { Delegation = Delegation.WrongDs, Tlsa = "3 1 1 right" }, "451 4.4.3 the mail exchangers of bogus.test cannot be looked up (bogus)"),
        Deferred("MX: SERVFAIL", new("servfail.test") { Tlsa = "3 1 1 right" }, "451 4.4.3 the mail exchangers of servfail.test cannot be looked up (failed)"),
        Deferred("MX: time-out", new("silent.test") { Tlsa = "3 1 1 right" }, "451 4.4.3 the mail exchangers of silent.test cannot be looked up (failed)"),
        Deferred("MX forged, unsigned in a signed zone", new("forged.test") { Tlsa = "3 1 1 right" }, "451 4.4.3 the mail exchangers of forged.test cannot be looked up (bogus)"),

        // MX insecure, host and TLSA secure: enforce.
        Delivered("MX insecure, host and TLSA secure", new("insecure.test") { Delegation = Delegation.Unsigned, Records = "@ MX 10 mx.dane.test." }, "mx.dane.test") with
        {
            Postfix = false, Because = "at an insecure MX its level dane says Trusted and no more, and goes on: smtp_tls_dane_insecure_mx_policy",
        },
        Deferred("MX insecure, host's TLSA wrong", new("insecure-wrong.test") { Delegation = Delegation.Unsigned, Records = "@ MX 10 mx.dane-wrong.test." },
            $"451 4.7.5 mx.dane-wrong.test for insecure-wrong.test: {NoMatch}mx.dane-wrong.test"),

        // No MX, secure denial: the domain itself; null MX and NXDOMAIN are other things.
        Delivered("no MX", new("bare.test") { Records = $"@ A {MailWorld.Right}\n_25._tcp TLSA 3 1 1 right" }, "bare.test"),
        new("null MX", new("null.test") { Records = "@ MX 0 ." }, "556 5.1.10 null.test takes no mail (null MX)", ""),
        new("NXDOMAIN", new("nothing.test") { Records = "" }, "550 5.1.2 nothing.test does not exist", ""),

        // Address lookup insecure, no CNAME: never ask for TLSA (the answer to which is broken here).
        Unauthenticated("address insecure: TLSA is not asked for", new("insecure-address.test") { Records = "@ MX 10 mx.insecure-host.test." }),

        // One of A and AAAA validates: go on with that family.
        Delivered("AAAA: SERVFAIL, A secure", new("family.test") { Tlsa = "3 1 1 right" }, "mx.family.test"),
        Delivered("AAAA bogus, A secure", new("family-forged.test") { Tlsa = "3 1 1 right" }, "mx.family-forged.test"),

        // MX host is a CNAME, chain secure.
        Delivered("alias: TLSA of the expanded name", new("alias.test") { Records = "@ MX 10 mx\nmx CNAME mx.dane.test." }, "mx.dane.test"),
        Delivered("alias: only the original name has TLSA", new("alias-own.test") { Records = "@ MX 10 mx\nmx CNAME mx.signed.test.", Tlsa = "3 1 1 right" }, "mx.alias-own.test"),
        Deferred("alias: a failed lookup allows no second try", new("alias-failed.test") { Records = "@ MX 10 mx\nmx CNAME mx.tlsa-servfail.test.", Tlsa = "3 1 1 right" },
            "451 4.7.5 whether mx.alias-failed.test for alias-failed.test has TLSA records cannot be found out"),
        Delivered("alias secure, what it leads to is not", new("alias-insecure.test") { Records = "@ MX 10 mx\nmx CNAME mx.insecure-host.test.", Tlsa = "3 1 1 right" }, "mx.alias-insecure.test"),

        // TLSA secure denial, or insecure: no DANE here; MTA-STS may apply.
        Unauthenticated("TLSA denied", new("signed.test")),
        Unauthenticated("TLSA insecure", new("tlsa-insecure.test")),
        new("TLSA denied, MTA-STS applies", new("denied-sts.test") { Policy = Enforce }, Scene.Delivered, "mx.denied-sts.test"),
        new("nobody demands anything, and STARTTLS is not offered", new("plain.test") { Host = MailWorld.Stripped }, Scene.Delivered, "none"),

        // TLSA lookup fails or bogus: skip the host; defer when none is left.
        Undecided("TLSA bogus", new("tlsa-bogus.test")),
        Undecided("TLSA: SERVFAIL", new("tlsa-servfail.test") { Tlsa = "3 1 1 right" }),
        Undecided("TLSA: time-out", new("tlsa-silent.test") { Tlsa = "3 1 1 right" }),
        Undecided("TLSA denied by a forger", new("tlsa-forged.test") { Host = MailWorld.SelfSigned, Tlsa = "3 1 1 right" }),
        Delivered("a host is skipped, the next one is good", new("two.test") { Records = "@ MX 10 mx.tlsa-servfail.test.\n@ MX 20 mx.dane.test." }, "mx.dane.test"),

        // Unusable records. Records, but none usable: TLS is a must, authenticated or not.
        Unauthenticated("usage 0", new("usage0.test") { Tlsa = "0 0 1 wrong", Host = MailWorld.SelfSigned }),
        Unauthenticated("usage 1", new("usage1.test") { Tlsa = "1 1 1 wrong", Host = MailWorld.SelfSigned }),
        Unauthenticated("unknown usage", new("usage9.test") { Tlsa = "9 1 1 wrong", Host = MailWorld.SelfSigned }),
        Unauthenticated("unknown selector", new("selector.test") { Tlsa = "3 9 1 wrong", Host = MailWorld.SelfSigned }),
        Unauthenticated("unknown matching type", new("matching.test") { Tlsa = "3 1 9 wrong", Host = MailWorld.SelfSigned }),
        Unauthenticated("wrong length", new("length.test") { Tlsa = "3 1 1 short", Host = MailWorld.SelfSigned }),
        Unauthenticated("no key", new("full.test") { Tlsa = "3 1 0 short", Host = MailWorld.SelfSigned }),
        Unauthenticated("no key, but DER: OpenSSL says so", new("full-der.test") { Tlsa = "3 1 0 empty", Host = MailWorld.SelfSigned }),
        Deferred("none usable, and STARTTLS is not offered", new("usage-strip.test") { Tlsa = "0 0 1 wrong", Host = MailWorld.Stripped },
            $"451 4.7.4 mx.usage-strip.test for usage-strip.test: {NoStartTls}TLS with anybody"),

        // Usage 3: the key decides.
        Delivered("usage 3", new("dane.test") { Tlsa = "3 1 1 right" }, "mx.dane.test"),
        Delivered("usage 3: dates do not count", new("dane-expired.test") { Tlsa = "3 1 1 expired", Host = MailWorld.Expired }, "mx.dane-expired.test"),
        Delivered("usage 3: names do not count", new("dane-name.test") { Tlsa = "3 0 1 other", Host = MailWorld.Other }, "mx.dane-name.test"),
        Delivered("usage 3: any record is enough", new("dane-two.test") { Tlsa = "3 1 1 wrong\n3 1 1 right" }, "mx.dane-two.test"),
        Delivered("usage 3, the key itself", new("dane-full.test") { Tlsa = "3 1 0 right" }, "mx.dane-full.test"),

        // Usage 2: chain to that anchor, dates, names: base domain, next hop original and expanded.
        Delivered("usage 2", new("ta.test") { Tlsa = "2 0 1 ca" }, "mx.ta.test"),
        Delivered("usage 2, by the anchor's key", new("ta-key.test") { Tlsa = "2 1 1 ca" }, "mx.ta-key.test"),
        Delivered("usage 2: the next hop's name, and no authority of the WebPKI", new("ta-nexthop.test") { Tlsa = "2 0 1 private-ca", Host = MailWorld.Private }, "mx.ta-nexthop.test"),
        Delivered("usage 2: the name that the next hop expands to", new("ta-alias.test") { Records = "@ CNAME ta-target.test." }, "mx.ta-target.test"),
        Mismatch("usage 2: another anchor", new("ta-wrong.test") { Tlsa = "2 0 1 private-ca" }),
        Deferred("usage 2: dates count", new("ta-expired.test") { Tlsa = "2 0 1 ca", Host = MailWorld.Expired },
            "451 4.7.5 mx.ta-expired.test for ta-expired.test: its certificate has expired; DANE demands a match with the TLSA record of mx.ta-expired.test"),
        Deferred("usage 2: names count", new("ta-name.test") { Tlsa = "2 0 1 ca", Host = MailWorld.Other },
            "451 4.7.5 mx.ta-name.test for ta-name.test: its certificate is for another name; DANE demands a match with the TLSA record of mx.ta-name.test"),

        // Digests: per usage and selector only the strongest matching type.
        Mismatch("the stronger digest is wrong", new("digests.test") { Tlsa = "3 1 1 right\n3 1 2 wrong" }),
        Delivered("the stronger digest is right", new("digests-right.test") { Tlsa = "3 1 1 wrong\n3 1 2 right" }, "mx.digests-right.test"),
        Delivered("a stronger digest that is none", new("digests-short.test") { Tlsa = "3 1 1 right\n3 1 2 short" }, "mx.digests-short.test"),

        // SNI: the TLSA base domain.
        Delivered("SNI is the TLSA base domain", new("sni.test") { Records = "@ MX 10 mx\nmx CNAME mx.sni-target.test." }, "mx.sni-target.test"),

        // No match: defer; MTA-STS does not override it.
        Mismatch("no match", new("dane-wrong.test") { Tlsa = "3 1 1 wrong" }),
        Mismatch("no match, though MTA-STS is content", new("dane-sts.test") { Tlsa = "3 1 1 wrong", Policy = Enforce }),

        // Attackers in the middle, and who is away.
        Mismatch("somebody swaps the certificate", new("dane-swap.test") { Tlsa = "3 1 1 right", Host = MailWorld.SelfSigned }),
        Deferred("somebody strips STARTTLS", new("dane-strip.test") { Tlsa = "3 1 1 right", Host = MailWorld.Stripped },
            $"451 4.7.4 mx.dane-strip.test for dane-strip.test: {NoStartTls}a match with the TLSA record of mx.dane-strip.test"),
        new("nobody is there", new("away.test") { Host = MailWorld.Away }, $"451 4.4.1 mx.away.test[{MailWorld.Away}] for away.test: Connection refused", ""),

        // Exim as the server.
        Delivered("Exim, its key published", new("exim.test") { Tlsa = "3 1 1 exim", Host = MailWorld.Exim }, "mx.exim.test") with { Reply = "250 2.0.0 OK id=" },
        Mismatch("Exim, another key published", new("exim-wrong.test") { Tlsa = "3 1 1 wrong", Host = MailWorld.Exim }),
    ];

    /// <summary>What somebody on the way to the DNS does in these scenes.</summary>
    public static void Meddle(DnsMiddleman dns)
    {
        const string Tlsa = "_25._tcp.mx.";
        dns.Break("servfail.test", DnsType.Mx);
        dns.Swallow("silent.test", DnsType.Mx);
        dns.Forge("forged.test", DnsType.Mx, DnsMiddleman.Mx("mx.plain.test"));
        dns.Break(Tlsa + "insecure-host.test", DnsType.Tlsa);
        dns.Break("mx.family.test", DnsType.Aaaa);
        dns.Forge("mx.family-forged.test", DnsType.Aaaa, System.Net.IPAddress.Parse("2a00::1").GetAddressBytes());
        dns.Break(Tlsa + "tlsa-servfail.test", DnsType.Tlsa);
        dns.Swallow(Tlsa + "tlsa-silent.test", DnsType.Tlsa);
        dns.Deny(Tlsa + "tlsa-forged.test", DnsType.Tlsa);
    }

    private static Scene Delivered(string row, MailDomain domain, string over) => new(row, domain, Scene.Delivered, over) { Postfix = true };

    private static Scene Unauthenticated(string row, MailDomain domain) => new(row, domain, Scene.Delivered, "not authenticated") { Postfix = false };

    private static Scene Deferred(string row, MailDomain domain, string reply) => new(row, domain, reply, "") { Postfix = false };

    private static Scene Undecided(string row, MailDomain domain) =>
        Deferred(row, domain, $"451 4.7.5 whether mx.{domain.Name} for {domain.Name} has TLSA records cannot be found out");

    private static Scene Mismatch(string row, MailDomain domain) => Deferred(row, domain, $"451 4.7.5 mx.{domain.Name} for {domain.Name}: {NoMatch}mx.{domain.Name}");
}
