using System.Collections.Immutable;
using Postern.Engine.Outbound;
using Postern.Policy.Decision;
using Postern.Policy.TlsRpt;

namespace Postern.Roles.Resolver.Wire;

/// <summary>The resolver's answer to a question, one message (docs/protocol/resolver.md).</summary>
public static class ResolverAnswer
{
    /// <summary>No answer is longer. Sockets take messages of more than twice the size, as Linux makes them.</summary>
    public const int MaxSize = 60 * 1024;

    /// <summary>All but the hosts: number, kind, ticket, a refusal, how many hosts there are, the policy for reports.</summary>
    private const int MaxHeader = sizeof(uint) + 1 + sizeof(ulong) + MaxRefusal + 1 + StsForm.MaxSize;

    /// <summary>Code, enhanced code and text with their lengths.</summary>
    private const int MaxRefusal = 3 * sizeof(ushort) + 16 + SmtpRefusal.MaxText;

    /// <summary>No question: no worker of ours asks so while it is itself.</summary>
    private const byte Refused = 1;
    private const byte Answered = 0;

    /// <summary>Which hosts fit into one answer, in their order: those that do not are left out.</summary>
    /// <returns>Their places.</returns>
    public static ImmutableArray<int> Fitting(ImmutableArray<HopCase> hosts) =>
        FieldWriter.Fitting<HopCase>(hosts, MaxSize - MaxHeader, MailRoute.MaxHosts, HopForm.Write);

    /// <summary>Its length. Hosts beyond what fits are not written: <see cref="Fitting"/> comes before.</summary>
    public static int Write(uint number, RouteAnswer answer, Span<byte> message)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var writer = new FieldWriter(message);
        writer.Put(number);
        writer.Put(Answered);
        writer.Put(answer.Ticket);
        HopForm.Write(answer.Refusal, ref writer);
        writer.Put((byte)answer.Hosts.Length);
        foreach (HopCase hop in answer.Hosts)
            HopForm.Write(hop, ref writer);
        StsForm.Write(answer.Sts is { } sts && StsForm.Fits(sts) ? sts : null, ref writer);
        ArgumentOutOfRangeException.ThrowIfEqual(writer.IsFull, true, nameof(answer));
        return writer.Length;
    }

    /// <summary>Its length.</summary>
    public static int WriteRefused(uint number, Span<byte> message)
    {
        var writer = new FieldWriter(message);
        writer.Put(number);
        writer.Put(Refused);
        return writer.Length;
    }

    /// <summary>Of the question that any answer is to; 0 where it is too short to have one.</summary>
    public static uint NumberOf(ReadOnlySpan<byte> message)
    {
        var reader = new FieldReader(message);
        return reader.Number();
    }

    /// <summary>Any bytes. The number is read where there is one, so that who waits does not wait for ever.</summary>
    /// <returns>Null for a question that was refused, and for what is no answer.</returns>
    public static RouteAnswer? Read(ReadOnlySpan<byte> message, out uint number)
    {
        var reader = new FieldReader(message);
        number = reader.Number();
        if (reader.Byte() != Answered)
            return null;

        ulong ticket = reader.Long();
        SmtpRefusal? refusal = HopForm.Refusal(ref reader);
        int count = reader.Byte();
        if (count > MailRoute.MaxHosts)
            return null;

        var hosts = ImmutableArray.CreateBuilder<HopCase>(count);
        for (int i = 0; i < count && !reader.IsBroken; i++)
        {
            if (HopForm.Read(ref reader) is { } hop)
                hosts.Add(hop);
        }

        ReportedPolicy? sts = StsForm.Read(ref reader);

        // Somebody to try, or a reason why there is nobody.
        bool nobody = hosts.All(hop => hop.Refusal is not null);
        return reader.IsWhole && nobody == refusal is not null ? new RouteAnswer(ticket, hosts.ToImmutable(), refusal) { Sts = sts } : null;
    }
}
