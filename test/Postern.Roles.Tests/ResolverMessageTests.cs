using System.Collections.Immutable;
using System.Net;
using CsCheck;
using Postern.Engine.Outbound;
using Postern.Policy.Dane;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.Operator;
using Postern.Policy.Tests;
using Postern.Policy.TlsRpt;
using Postern.Roles.Resolver.Wire;
using Xunit;

namespace Postern.Roles.Tests;

/// <summary>What a worker and the resolver say to each other; whatever bytes come, reading them ends in a value.</summary>
public sealed class ResolverMessageTests
{
    private static readonly DnsName s_host = Zone.Name("mx.example.org");

    private static HopCase Hop(TlsDemand demand) => new()
    {
        Domain = Zone.Name("example.org"),
        Host = s_host,
        Addresses = [IPAddress.Parse("192.0.2.1"), IPAddress.Parse("2001:db8::1")],
        Source = PolicySource.MtaSts,
        Demand = demand,
        MxAuthenticated = true,
        SenderRequiresTls = true,
    };

    private static TlsDemand Dane(int records = 1, int length = 32) => new(TlsProof.Dane, s_host)
    {
        Names = [s_host, Zone.Name("example.org")],
        Tlsa = [.. Enumerable.Range(0, records).Select(i => new TlsaRecord(TlsaUsage.DaneEe, TlsaSelector.Spki, TlsaMatching.Sha256, [.. Enumerable.Repeat((byte)i, length)]))],
    };

    private static RouteAnswer Full { get; } = new(
        0x0102_0304_0506_0708,
        [
            Hop(Dane(3)),
            Hop(new TlsDemand(TlsProof.Pins, s_host) { Pins = [new Pin([.. new byte[32]])] }),
            Hop(new TlsDemand(TlsProof.IfOffered, s_host)) with { Watch = new TlsDemand(TlsProof.WebPki, s_host) { Names = [s_host] }, SenderRequiresTls = false },
            Hop(new TlsDemand(TlsProof.Encrypted, s_host)) with { Addresses = [], Refusal = new SmtpRefusal(451, "4.4.4", "no address") },
        ],
        null)
    {
        Sts = new ReportedPolicy(PolicyType.Sts, "example.org", ["version: STSv1", "mode: enforce"], ["mx.example.org", "*.example.net"]),
    };

    private static byte[] Bytes(RouteAnswer answer, uint number = 7)
    {
        byte[] message = new byte[ResolverAnswer.MaxSize];
        return message[..ResolverAnswer.Write(number, answer, message)];
    }

    [Theory]
    [InlineData("example.org", false)]
    [InlineData("xn--bcher-kva.example", true)]
    [InlineData("", false)]
    public void A_question_is_read_as_it_was_written(string domain, bool requireTls)
    {
        byte[] message = new byte[ResolverRequest.MaxSize];
        int length = ResolverRequest.Write(9, new RouteQuestion(domain, requireTls), message);
        Assert.Equal(RequestKind.Question, ResolverRequest.KindOf(message));
        Assert.Equal(new RouteQuestion(domain, requireTls), ResolverRequest.ReadQuestion(message.AsSpan(0, length), out uint number));
        Assert.Equal(9u, number);
    }

    [Fact]
    public void A_question_for_a_report_is_read_as_it_was_written_and_there_is_no_fourth_kind()
    {
        byte[] message = new byte[ResolverRequest.MaxSize];
        var question = new RouteQuestion("example.org", false) { IsReport = true };
        int length = ResolverRequest.Write(9, question, message);
        Assert.Equal(question, ResolverRequest.ReadQuestion(message.AsSpan(0, length), out _));
        message[5] = 3;
        Assert.Null(ResolverRequest.ReadQuestion(message.AsSpan(0, length), out _));
    }

    [Theory]
    [InlineData('a', 'a')]
    [InlineData('\u00fc', '?')]
    public void A_domain_of_any_length_and_of_any_letters_fits_and_is_no_name(char letter, char read)
    {
        byte[] message = new byte[ResolverRequest.MaxSize];
        int length = ResolverRequest.Write(9, new RouteQuestion(new string(letter, 5000), false), message);
        RouteQuestion question = ResolverRequest.ReadQuestion(message.AsSpan(0, length), out _)!;
        Assert.Equal(new string(read, ResolverRequest.MaxDomain), question.Domain);
        Assert.Null(DnsName.Read(question.Domain));
    }

    [Theory]
    [InlineData(null, null, "192.0.2.1")]
    [InlineData(TlsFailure.NoStartTls, null, "2001:db8::1")]
    [InlineData(null, TlsFailure.WrongKey, "192.0.2.1")]
    public void What_is_told_is_read_as_it_was_written(TlsFailure? failure, TlsFailure? watch, string address)
    {
        byte[] message = new byte[ResolverRequest.MaxSize];
        var result = new HopResult(ulong.MaxValue, 31, IPAddress.Parse(address), failure, watch, true);
        int length = ResolverRequest.Write(result, message);
        Assert.Equal(RequestKind.Tell, ResolverRequest.KindOf(message));
        Assert.Equal(result, ResolverRequest.ReadTell(message.AsSpan(0, length)));
        Assert.Null(ResolverRequest.ReadQuestion(message.AsSpan(0, length), out _));
        for (int cut = 0; cut < length; cut++)
        {
            // An address of IPv6 that is cut to four bytes is one of IPv4.
            if (ResolverRequest.ReadTell(message.AsSpan(0, cut)) is { } shorter)
                Assert.NotEqual(result, shorter);
        }
    }

    [Fact]
    public void An_answer_is_read_as_it_was_written()
    {
        byte[] bytes = Bytes(Full);
        RouteAnswer read = ResolverAnswer.Read(bytes, out uint number)!;
        Assert.Equal((7u, Full.Ticket, 4), (number, read.Ticket, read.Hosts.Length));
        Assert.Equal(bytes, Bytes(read));
        Assert.Equal(Full.Hosts[0].Demand, read.Hosts[0].Demand);
        Assert.Equal(Full.Hosts[1].Demand, read.Hosts[1].Demand);
        Assert.Equal(Full.Hosts[2].Watch, read.Hosts[2].Watch);
        Assert.Equal(Full.Hosts[3].Refusal, read.Hosts[3].Refusal);
        Assert.Equal(Full.Hosts[0].Addresses, read.Hosts[0].Addresses);
        Assert.Equal(Full.Sts, read.Sts);
        Assert.Equal((true, true, PolicySource.MtaSts), (read.Hosts[0].MxAuthenticated, read.Hosts[0].SenderRequiresTls, read.Hosts[0].Source));

        var nobody = new RouteAnswer(3, [], new SmtpRefusal(550, "5.1.2", "example.org does not exist"));
        Assert.Equal(nobody.Refusal, ResolverAnswer.Read(Bytes(nobody), out _)!.Refusal);
    }

    [Fact]
    public void An_answer_that_is_cut_or_too_long_is_none()
    {
        byte[] bytes = Bytes(Full);
        for (int cut = 0; cut < bytes.Length; cut++)
            Assert.Null(ResolverAnswer.Read(bytes.AsSpan(0, cut), out _));
        Assert.Null(ResolverAnswer.Read([.. bytes, 0], out _));
    }

    [Theory]
    [InlineData("a DANE demand without a record")]
    [InlineData("a chain without a name")]
    [InlineData("pins without a pin")]
    [InlineData("nobody, and no reason")]
    [InlineData("somebody, and a reason against all")]
    [InlineData("a host without an address, and no reason")]
    [InlineData("a refusal that does not refuse")]
    [InlineData("a refusal of two lines")]
    public void What_nobody_may_rely_on_is_no_answer(string what)
    {
        RouteAnswer wrong = what switch
        {
            "a DANE demand without a record" => new(1, [Hop(Dane(0))], null),
            "a chain without a name" => new(1, [Hop(new TlsDemand(TlsProof.WebPki, s_host))], null),
            "pins without a pin" => new(1, [Hop(new TlsDemand(TlsProof.Pins, s_host))], null),
            "nobody, and no reason" => new(1, [], null),
            "somebody, and a reason against all" => new(1, [Hop(Dane())], new SmtpRefusal(451, "4.4.4", "no")),
            "a host without an address, and no reason" => new(1, [Hop(Dane()) with { Addresses = [] }], null),
            "a refusal that does not refuse" => new(1, [], new SmtpRefusal(250, "2.0.0", "welcome")),
            _ => new(1, [], new SmtpRefusal(451, "4.4.4", "no\r\n250 yes")),
        };
        Assert.Null(ResolverAnswer.Read(Bytes(wrong), out uint number));
        Assert.Equal(7u, number);
    }

    [Fact]
    public void Hosts_that_do_not_fit_are_left_out()
    {
        ImmutableArray<HopCase> hosts = [Hop(Dane()), Hop(Dane(64, 32_000)), Hop(Dane(1, 32_000)), Hop(Dane(1, 32_000)), Hop(Dane())];
        Assert.Equal([0, 2, 4], ResolverAnswer.Fitting(hosts));
        var answer = new RouteAnswer(1, [hosts[0], hosts[2], hosts[4]], new SmtpRefusal(451, "4.4.4", new string('x', SmtpRefusal.MaxText)));
        Assert.InRange(Bytes(answer).Length, 32_000, ResolverAnswer.MaxSize);
        Assert.Equal(MailRoute.MaxHosts, ResolverAnswer.Fitting([.. Enumerable.Repeat(hosts[0], 100)]).Length);
    }

    [Fact]
    public void A_policy_that_does_not_fit_is_left_out()
    {
        RouteAnswer read = ResolverAnswer.Read(Bytes(Full with { Sts = Full.Sts! with { MxHosts = [.. Enumerable.Repeat("mx.example.org", 500)] } }), out _)!;
        Assert.Equal((4, true), (read.Hosts.Length, read.Sts is null));
    }

    [Fact]
    public void A_question_that_was_refused_has_its_number()
    {
        byte[] message = new byte[16];
        int length = ResolverAnswer.WriteRefused(77, message);
        Assert.Null(ResolverAnswer.Read(message.AsSpan(0, length), out uint number));
        Assert.Equal(77u, number);
    }

    [Fact]
    public void Any_bytes_are_a_message_or_none() => Gen.Byte.Array[0, 400].Sample(bytes =>
    {
        _ = ResolverRequest.KindOf(bytes);
        RouteQuestion? question = ResolverRequest.ReadQuestion(bytes, out _);
        HopResult? result = ResolverRequest.ReadTell(bytes);
        RouteAnswer? answer = ResolverAnswer.Read(bytes, out _);
        return question is null or { Domain.Length: <= ResolverRequest.MaxDomain } && result is null or { Host: >= 0 } && answer is null or { Hosts.IsDefault: false };
    });

    /// <summary>Bytes changed, put in, left out: what is read all the same is written as it was read.</summary>
    [Fact]
    public void A_good_answer_with_something_changed_is_an_answer_or_none() =>
        Gen.Select(Gen.Int[0, 2000], Gen.Byte, Gen.Int[0, 2]).Array[1, 4].Sample(changes =>
        {
            List<byte> bytes = [.. Bytes(Full)];
            foreach ((int place, byte value, int how) in changes)
            {
                int at = place % bytes.Count;
                if (how == 0)
                    bytes[at] = value;
                else if (how == 1)
                    bytes.Insert(at, value);
                else
                    bytes.RemoveAt(at);
            }

            byte[] changed = [.. bytes];
            return ResolverAnswer.Read(changed, out uint number) is not { } answer || Bytes(answer, number).AsSpan().SequenceEqual(changed);
        });
}
