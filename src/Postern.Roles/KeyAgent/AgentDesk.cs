namespace Postern.Roles.KeyAgent;

/// <summary>Answers requests, whatever they are. Called by several threads; holds nothing that changes but counts.</summary>
public sealed class AgentDesk(SigningDesk signing, TicketDesk tickets)
{
    private long _done;
    private long _refused;

    public long Done => Interlocked.Read(ref _done);

    /// <summary>Requests that no worker of ours makes while it is itself.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>The answer's length, and what came of it.</summary>
    public int Answer(ReadOnlySpan<byte> bytes, Span<byte> answer, out AgentOutcome outcome)
    {
        int length = 0;
        outcome = AgentOutcome.Malformed;
        if (AgentRequest.TryRead(bytes, out uint number, out AgentRequest request))
        {
            Span<byte> result = answer[AgentRequest.AnswerHeaderSize..];
            outcome = request.Kind switch
            {
                RequestKind.Sign => signing.Sign(request.Body, result, out length),
                RequestKind.TicketKeys => tickets.Give(request.Body, result, out length),
                _ => AgentOutcome.Malformed,
            };
        }

        AgentRequest.WriteAnswerHeader(number, outcome, answer);
        _ = outcome == AgentOutcome.Done ? Interlocked.Increment(ref _done) : Interlocked.Increment(ref _refused);
        return AgentRequest.AnswerHeaderSize + length;
    }
}
