using System.Net;
using Postern.EndToEnd.Rigs;
using Postern.Policy.Dns;
using Postern.Policy.Memory;
using Postern.Store;
using Xunit;

namespace Postern.EndToEnd.Scenarios.Outbound;

/// <summary>What takes more than one message: keys that are rolled over, policies that are kept, a sender who demands TLS.</summary>
[Collection(nameof(MailInternet))]
public sealed class SequenceTests(MailInternet internet)
{
    /// <summary>RFC 7671 §8.1: the new key's record is published, then the key is changed. And then to one that nobody was told of.</summary>
    [Fact]
    public void Keys_are_rolled_over() => internet.Run(world =>
    {
        int port = Workplace.FreePort();
        using PosternRig gate = world.Gate(port, name: "-rollover");
        MailClient.Send(port, "user@rollover.test").Expect(Scene.Delivered, "the old key");
        world.Roll("next");
        MailClient.Send(port, "user@rollover.test").Expect(Scene.Delivered, "the new key");
        world.Roll("lone");
        MailClient.Send(port, "user@rollover.test").Expect("451 4.7.5 mx.rollover.test for rollover.test: its certificate matches no TLSA record; DANE demands a match with one of 2 TLSA records", "a third key");
    });

    /// <summary>RFC 8689 §4.2.1: 5.7.30 where it is not offered, 5.7.10 where the host is not known to be the domain's, inside TLS.</summary>
    [Fact]
    public void The_sender_requires_TLS() => internet.Run(world =>
    {
        int secure = Workplace.FreePort();
        using var strict = new RequireTlsServer(new IPEndPoint(IPAddress.Parse(MailWorld.Strict), MailWorld.SmtpPort), Certificates.Load(internet.Place.At("strict.pem")));
        using PosternRig gate = world.Gate(Workplace.FreePort(), name: "-require", more: $"""
            {world.Certificates.Tables}
            [[outbound]]
            name        = "inside"
            protocol    = "smtp"
            listen      = ["127.0.0.1:{secure}"]
            tls         = "implicit"
            certificate = ["ec"]
            """);
        Workplace.WaitForPort(secure, () => gate.Log);
        foreach ((string domain, string reply) in (ReadOnlySpan<(string, string)>)
        [
            ("requiretls.test", "250 2.0.0 Ok: taken"),
            ("dane.test", "550 5.7.30 "),
            ("sts.test", "550 5.7.30 "),
            ("signed.test", "550 5.7.30 "),
            ("usage0.test", "550 5.7.10 "),
            ("plain.test", "550 5.7.10 "),
            ("insecure.test", "550 5.7.10 "),
            ("dane-wrong.test", "550 5.7.10 "),
        ])
        {
            MailClient.Send(secure, $"user@{domain}", " REQUIRETLS", ClientTls.Implicit).Expect(reply, domain);
        }

        Assert.Contains(strict.Senders, sender => sender.EndsWith(" REQUIRETLS", StringComparison.Ordinal));
    });

    /// <summary>
    /// RFC 8461 §5.1, an hour later: somebody takes TXT and policy away and strips STARTTLS, and the policy holds; a domain says that
    /// it has no policy any more, and has none.
    /// </summary>
    [Fact]
    public void A_policy_is_kept_until_the_domain_takes_it_back() => internet.Run(world =>
    {
        int port = Workplace.FreePort();
        string[] domains = ["sts-kept.test", "sts-removed.test"];
        using (PosternRig first = world.Gate(port, name: "-later"))
        {
            foreach (string domain in domains)
                MailClient.Send(port, $"user@{domain}").Expect(Scene.Delivered, domain);
        }

        // The time that a TXT record is taken to be as it was (StsControl.RecordLife) is over.
        using (StoreFile file = StoreFile.Open(Path.Combine(world.State("-later"), StoreFile.Folder), out StoreFault? fault) ?? throw new IOException(fault?.Text))
        {
            foreach (string domain in domains)
            {
                Assert.Null(file.Domains.Find(DnsName.Read(domain)!, out DomainMemory? memory));
                Assert.NotNull(memory?.Sts?.Held);
                Assert.Null(file.Domains.Keep(memory with { Sts = memory.Sts with { CheckedAt = memory.Sts.CheckedAt - TimeSpan.FromHours(1) } }));
            }
        }

        world.Dns.Deny("_mta-sts.sts-kept.test", DnsType.Txt);
        world.Dns.Forge("mx.sts-kept.test", DnsType.A, IPAddress.Parse(MailWorld.Stripped).GetAddressBytes());
        _ = world.Policies.Answers.Remove("sts-kept.test");
        world.Dns.Forge("_mta-sts.sts-removed.test", DnsType.Txt, DnsMiddleman.Txt("v=STSv1; id=2;"));
        world.Dns.Forge("mx.sts-removed.test", DnsType.A, IPAddress.Parse(MailWorld.SelfSigned).GetAddressBytes());
        world.Policies.Answers["sts-removed.test"] = PolicyHosts.Saying("version: STSv1\r\nmode: none\r\nmax_age: 86400\r\n");
        port = Workplace.FreePort();
        using PosternRig second = world.Gate(port, name: "-later");
        MailClient.Send(port, "user@sts-kept.test").Expect("451 4.7.4 mx.sts-kept.test for sts-kept.test: it does not offer STARTTLS; MTA-STS demands", "kept");
        MailClient.Send(port, "user@sts-removed.test").Expect(Scene.Delivered, "removed");
    });
}
