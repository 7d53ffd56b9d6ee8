using CsCheck;
using Postern.Engine.Upstream;
using Postern.Policy.Dane;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.Tests;
using Postern.Roles.Resolver.Wire;
using Xunit;

namespace Postern.Roles.Tests;

/// <summary>What a worker and the resolver say to each other of backends; whatever bytes come, reading them ends in a value.</summary>
public sealed class BackendMessageTests
{
    private static readonly DnsName s_host = Zone.Name("imap.example.org");

    private static TlsDemand Dane(int records = 2, int length = 32) => new(TlsProof.Dane, s_host)
    {
        Names = [s_host],
        Tlsa = [.. Enumerable.Range(0, records).Select(i => new TlsaRecord(TlsaUsage.DaneEe, TlsaSelector.Cert, TlsaMatching.Full, [.. Enumerable.Repeat((byte)i, length)]))],
    };

    private static byte[] Bytes(DemandAnswer answer)
    {
        byte[] message = new byte[ResolverAnswer.MaxSize];
        return message[..BackendAnswer.Write(7, answer, message)];
    }

    [Theory]
    [InlineData(0, -1, 0)]
    [InlineData(255, 0, 15)]
    [InlineData(65535, 65534, 65535)]
    public void A_question_is_read_as_it_was_written(int gate, int route, int index)
    {
        byte[] message = new byte[ResolverRequest.MaxSize];
        var question = new BackendQuestion(gate, route, index);
        int length = ResolverRequest.Write(9, question, message);
        Assert.Equal(RequestKind.Backend, ResolverRequest.KindOf(message));
        Assert.Equal(question, ResolverRequest.ReadBackend(message.AsSpan(0, length), out uint number));
        Assert.Equal(9u, number);
        Assert.Null(ResolverRequest.ReadQuestion(message.AsSpan(0, length), out _));
        for (int cut = 0; cut < length; cut++)
            Assert.Null(ResolverRequest.ReadBackend(message.AsSpan(0, cut), out _));
    }

    [Fact]
    public void An_answer_is_read_as_it_was_written()
    {
        byte[] bytes = Bytes(new DemandAnswer(Dane(), ""));
        Assert.Equal(7u, ResolverAnswer.NumberOf(bytes));
        Assert.Equal(Dane(), BackendAnswer.Read(bytes)!.Demand);
        Assert.Equal("no record", BackendAnswer.Read(Bytes(new DemandAnswer(null, "no record")))!.Reason);
        for (int cut = 0; cut < bytes.Length; cut++)
            Assert.Null(BackendAnswer.Read(bytes.AsSpan(0, cut)));
    }

    /// <summary>A resolver that was stolen could have anybody taken for the backend.</summary>
    [Theory]
    [InlineData(TlsProof.IfOffered)]
    [InlineData(TlsProof.Encrypted)]
    [InlineData(TlsProof.WebPki)]
    public void Nothing_less_than_DANE_is_taken(TlsProof proof) =>
        Assert.Null(BackendAnswer.Read(Bytes(new DemandAnswer(new TlsDemand(proof, s_host) { Names = [s_host] }, ""))));

    [Fact]
    public void What_does_not_fit_is_a_reason()
    {
        DemandAnswer read = BackendAnswer.Read(Bytes(new DemandAnswer(Dane(records: 64, length: 2000), "")))!;
        Assert.Equal((null, "its TLSA records are too long"), (read.Demand, read.Reason));
        Assert.Equal(BackendAnswer.MaxReason, BackendAnswer.Read(Bytes(new DemandAnswer(null, new string('a', 5000))))!.Reason.Length);
    }

    [Fact]
    public void Any_bytes_end_in_a_value() => Gen.Byte.Array[0, 200].Sample(bytes =>
    {
        _ = BackendAnswer.Read(bytes);
        _ = ResolverRequest.ReadBackend(bytes, out _);
    });
}
