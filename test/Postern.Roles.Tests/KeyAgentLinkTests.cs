using Postern.Interop.LibC;
using Postern.Interop.LibSsl.Keys;
using Postern.Roles.KeyAgent;
using Postern.Roles.Worker;
using Xunit;

namespace Postern.Roles.Tests;

/// <summary>
/// The worker's end. Taken out: the look at the number in AgentRequest.TryReadAnswer (the answer to a request that was
/// given up is then taken for the next one's).
/// </summary>
public sealed class KeyAgentLinkTests : IDisposable
{
    private readonly int _agent;
    private readonly KeyAgentLink _link;

    public KeyAgentLinkTests()
    {
        Assert.Equal(0, StreamSocket.Pair(messages: true, nonBlocking: false, out int ours, out _agent));
        _link = new KeyAgentLink(ours);
    }

    public void Dispose() => Descriptor.Close(_agent);

    [Fact]
    public void A_late_answer_is_not_taken_for_the_next_one()
    {
        Say(number: 1, AgentOutcome.Done, "late"u8);
        Say(number: 77, AgentOutcome.Done, "nobody's"u8);
        Say(number: 2, AgentOutcome.Done, "mine"u8);
        byte[] signature = new byte[64];
        StreamSocket.ReceiveTimeout(_agent, 100);

        // The first request is number 1: its answer has come and is taken; the second passes over number 77.
        Assert.Equal(4, Sign(signature));
        Assert.Equal("late"u8, signature.AsSpan(0, 4));
        Assert.Equal(4, Sign(signature));
        Assert.Equal("mine"u8, signature.AsSpan(0, 4));
    }

    [Theory]
    [InlineData(AgentOutcome.NotTls)]
    [InlineData(AgentOutcome.Failed)]
    public void A_refusal_is_no_signature(AgentOutcome outcome)
    {
        Say(number: 1, outcome, "never mind"u8);
        Assert.Equal(0, Sign(new byte[64]));
    }

    [Fact]
    public void Nobody_there_is_no_signature_and_no_wait()
    {
        Descriptor.Close(_agent);
        Assert.Equal(0, Sign(new byte[64]));
    }

    [Fact]
    public void What_is_asked_is_what_the_desk_reads()
    {
        Say(number: 1, AgentOutcome.Failed, []);
        _ = Sign(new byte[64]);
        byte[] request = new byte[AgentRequest.MaxSize + 1];
        int length = StreamSocket.Receive(_agent, request);
        Assert.True(AgentRequest.TryRead(request.AsSpan(0, length), out uint number, out AgentRequest asked));
        Assert.True(SigningRequest.TryRead(asked.Body, out SigningRequest signing));
        Assert.Equal((1u, RequestKind.Sign, 5, SignatureScheme.Ed25519), (number, asked.Kind, signing.Key, signing.Scheme));
        Assert.Equal("message"u8, signing.Message);
    }

    private int Sign(byte[] signature) => _link.Sign(5, SignatureScheme.Ed25519, "message"u8, signature);

    private void Say(uint number, AgentOutcome outcome, ReadOnlySpan<byte> what)
    {
        byte[] answer = new byte[AgentRequest.AnswerHeaderSize + what.Length];
        AgentRequest.WriteAnswerHeader(number, outcome, answer);
        what.CopyTo(answer.AsSpan(AgentRequest.AnswerHeaderSize));
        Assert.Equal(answer.Length, StreamSocket.Send(_agent, answer));
    }
}
