using System.Net;
using CsCheck;
using Postern.Engine.Outbound;
using Postern.Policy.Dane;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.Operator;
using Postern.Policy.Service;
using Postern.Policy.Tests;
using Postern.Roles.Resolver.Wire;
using Xunit;

namespace Postern.Roles.Tests;

/// <summary>What a worker and the resolver say to each other of XMPP servers; whatever bytes come, reading them ends in a value.</summary>
public sealed class ServiceMessageTests
{
    private static readonly DnsName s_domain = Zone.Name("example.org");
    private static readonly DnsName s_host = Zone.Name("x.example.net");

    private static ServiceTarget Target(TlsDemand demand) => new()
    {
        Host = s_host,
        Port = 5269,
        IsDirectTls = true,
        Addresses = [IPAddress.Parse("192.0.2.1"), IPAddress.Parse("2001:db8::1")],
        Source = PolicySource.Dane,
        Demand = demand,
    };

    private static TlsDemand Encrypted { get; } = new(TlsProof.Encrypted, s_domain);

    private static TlsDemand Dane(int records = 2, int length = 32) => new(TlsProof.Dane, s_domain)
    {
        Names = [s_host, s_domain],
        Tlsa = [.. Enumerable.Range(0, records).Select(i => new TlsaRecord(TlsaUsage.DaneEe, TlsaSelector.Cert, TlsaMatching.Full, [.. Enumerable.Repeat((byte)i, length)]))],
    };

    private static byte[] Bytes(params ServiceTarget[] targets) => Bytes(new ServiceAnswer([.. targets], null));

    private static byte[] Bytes(ServiceAnswer answer)
    {
        byte[] message = new byte[ResolverAnswer.MaxSize];
        return message[..ServiceReply.Write(7, answer, message)];
    }

    [Theory]
    [InlineData("example.org", "example.org")]
    [InlineData("Example.ORG.", "example.org")]
    [InlineData("b\u00fccher.example", "")]
    [InlineData("a\nb", "")]
    [InlineData("", "")]
    public void A_question_is_read_as_the_name_that_it_is(string domain, string read)
    {
        byte[] message = new byte[ResolverRequest.MaxSize];
        int length = ResolverRequest.WriteService(9, domain, message);
        Assert.Equal(RequestKind.Service, ResolverRequest.KindOf(message));
        Assert.Equal(read, ResolverRequest.ReadService(message.AsSpan(0, length), out uint number));
        Assert.Equal(9u, number);
        Assert.Null(ResolverRequest.ReadQuestion(message.AsSpan(0, length), out _));
        for (int cut = 0; cut < length; cut++)
            Assert.Null(ResolverRequest.ReadService(message.AsSpan(0, cut), out _));
    }

    [Fact]
    public void An_answer_is_read_as_it_was_written()
    {
        ServiceTarget[] targets =
        [
            Target(Dane()),
            Target(Encrypted) with { IsDirectTls = false, Source = PolicySource.Default, Port = 65535 },
            Target(new TlsDemand(TlsProof.Pins, s_domain) { Pins = [new Pin([.. new byte[32]])] }) with { Source = PolicySource.Operator },
            Target(Encrypted) with { Addresses = [], Refusal = new ServiceRefusal(ServiceRefusalKind.PolicyViolation, "no TLSA record") },
        ];
        byte[] bytes = Bytes(targets);
        Assert.Equal(7u, ResolverAnswer.NumberOf(bytes));
        ServiceAnswer read = ServiceReply.Read(bytes)!;
        Assert.Null(read.Refusal);
        Assert.Equal(targets.Select(Words), read.Targets.Select(Words));
        for (int cut = 0; cut < bytes.Length; cut++)
            Assert.Null(ServiceReply.Read(bytes.AsSpan(0, cut)));
        var nobody = new ServiceRefusal(ServiceRefusalKind.HostUnknown, "there is no such domain");
        Assert.Equal(nobody, ServiceReply.Read(Bytes(new ServiceAnswer([], nobody)))!.Refusal);
    }

    private static string Words(ServiceTarget target) =>
        $"{target.Host}:{target.Port} {target.IsDirectTls} {string.Join(',', target.Addresses)} {target.Source} {target.Demand} {target.Demand.Sni} {string.Join(',', target.Demand.Names)} {target.Refusal}";

    /// <summary>A resolver that was stolen could else have a stream go out in the clear, or have the dialer take the worker for stolen.</summary>
    [Fact]
    public void What_no_resolver_of_ours_says_is_not_taken()
    {
        Assert.Null(ServiceReply.Read(Bytes(Target(new TlsDemand(TlsProof.IfOffered, s_domain)))));
        Assert.Null(ServiceReply.Read(Bytes(Target(new TlsDemand(TlsProof.Dane, s_domain)))));
        Assert.Null(ServiceReply.Read(Bytes(Target(new TlsDemand(TlsProof.WebPki, s_domain)))));
        Assert.Null(ServiceReply.Read(Bytes(Target(Encrypted) with { Port = 25 })));
        Assert.Null(ServiceReply.Read(Bytes(Target(Encrypted) with { Port = 0 })));
        Assert.Null(ServiceReply.Read(Bytes(Target(Encrypted) with { Addresses = [] })));
        Assert.Null(ServiceReply.Read(Bytes([])));
        Assert.Null(ServiceReply.Read(Bytes(Target(Encrypted) with { Refusal = new ServiceRefusal(ServiceRefusalKind.ConnectionFailed, "all are passed over, and nothing says so") })));
        Assert.Null(ServiceReply.Read(Bytes(new ServiceAnswer([Target(Encrypted)], new ServiceRefusal(ServiceRefusalKind.ConnectionFailed, "somebody is there")))));
        Assert.Null(ServiceReply.Read(Bytes(new ServiceAnswer([], new ServiceRefusal((ServiceRefusalKind)3, "a kind that is none")))));
        Assert.Null(ServiceReply.Read(Bytes(new ServiceAnswer([], new ServiceRefusal(ServiceRefusalKind.HostUnknown, "")))));
    }

    [Fact]
    public void What_does_not_fit_is_left_out()
    {
        ServiceTarget great = Target(Dane(records: 32, length: 2000)), small = Target(Dane());
        ServiceAnswer answer = ServiceReply.Fitting(new ServiceFinding([great, small], null, [], []));
        Assert.Equal(small, Assert.Single(answer.Targets));
        answer = ServiceReply.Fitting(new ServiceFinding([great], null, [], []));
        Assert.Equal("what the servers of the domain must show is too long", answer.Refusal!.Text);
        answer = new ServiceAnswer([], new ServiceRefusal(ServiceRefusalKind.HostUnknown, new string('a', 5000)));
        Assert.Equal(ServiceReply.MaxReason, ServiceReply.Read(Bytes(answer))!.Refusal!.Text.Length);
    }

    /// <summary>The longest of each that there may be.</summary>
    [Fact]
    public void As_many_as_there_may_be_are_written()
    {
        ServiceTarget[] targets = [.. Enumerable.Repeat(Target(Dane(records: 3, length: 2000)) with { Refusal = new ServiceRefusal(ServiceRefusalKind.ConnectionFailed, new string('a', 5000)) }, 20)];
        ServiceAnswer answer = ServiceReply.Fitting(new ServiceFinding([.. targets], new ServiceRefusal(ServiceRefusalKind.ConnectionFailed, new string('a', 5000)), [], []));
        Assert.Equal(ServiceRoute.MaxTargets, answer.Targets.Length);
        Assert.Equal(ServiceRoute.MaxTargets, ServiceReply.Read(Bytes(answer))!.Targets.Length);
    }

    [Fact]
    public void Any_bytes_end_in_a_value()
    {
        byte[] good = Bytes(Target(Dane()), Target(Encrypted));
        Gen.Byte.Array[0, 200].Sample(bytes =>
        {
            _ = ServiceReply.Read(bytes);
            _ = ResolverRequest.ReadService(bytes, out _);
        });
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte).Sample((place, value) =>
        {
            byte[] bytes = [.. good];
            bytes[place] = value;
            if (ServiceReply.Read(bytes) is { } answer)
                Assert.DoesNotContain(answer.Targets, target => target.Demand.Proof == TlsProof.IfOffered || !ServicePort.IsAllowed(target.Port));
        });
    }
}
