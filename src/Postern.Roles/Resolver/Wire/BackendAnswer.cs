using Postern.Engine.Upstream;
using Postern.Policy.Decision;

namespace Postern.Roles.Resolver.Wire;

/// <summary>The resolver's answer to a question about a backend, one message (docs/protocol/resolver.md).</summary>
public static class BackendAnswer
{
    /// <summary>A reason is a line of a log.</summary>
    public const int MaxReason = 512;

    private const byte Answered = 0;

    /// <summary>Its length, no more than <see cref="ResolverAnswer.MaxSize"/>.</summary>
    public static int Write(uint number, DemandAnswer answer, Span<byte> message)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var writer = new FieldWriter(message);
        writer.Put(number);
        writer.Put(Answered);
        writer.Put(answer.Demand is null ? (byte)0 : (byte)1);
        if (answer.Demand is { } demand)
            HopForm.Write(demand, ref writer);
        else
            writer.Put(answer.Reason.Length > MaxReason ? answer.Reason[..MaxReason] : answer.Reason);

        // Whole certificates, many of them: nobody publishes so.
        return writer.IsFull ? Write(number, new DemandAnswer(null, "its TLSA records are too long"), message) : writer.Length;
    }

    /// <summary>Any bytes.</summary>
    /// <returns>Null for a question that was refused, and for what is no answer.</returns>
    public static DemandAnswer? Read(ReadOnlySpan<byte> message)
    {
        var reader = new FieldReader(message);
        _ = reader.Number();
        if (reader.Byte() != Answered)
            return null;

        // What was asked for is DANE, and nothing less is taken of a resolver that was stolen.
        TlsDemand? demand = reader.Flag() ? HopForm.Demand(ref reader) : null;
        string reason = demand is null ? reader.Text(MaxReason) : "";
        bool isGood = demand is null ? reason.Length > 0 : demand.Proof == TlsProof.Dane;
        return reader.IsWhole && isGood ? new DemandAnswer(demand, reason) : null;
    }
}
