using System.Collections.Immutable;
using System.Net;
using Postern.Engine.Outbound;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.Service;

namespace Postern.Roles.Resolver.Wire;

/// <summary>The resolver's answer to a question about a domain's XMPP servers, one message (docs/protocol/resolver.md).</summary>
public static class ServiceReply
{
    /// <summary>A reason is a line of a log, and of a stream error.</summary>
    public const int MaxReason = 512;

    private const byte Answered = 0;

    /// <summary>0 where there is no refusal, else the kind and this.</summary>
    private const int FirstKind = 1;

    /// <summary>All but the servers: number, kind, a refusal, how many servers there are.</summary>
    private const int MaxHeader = sizeof(uint) + 1 + 1 + sizeof(ushort) + MaxReason + 1;

    /// <summary>What of a finding goes into one message: servers that do not fit are left out.</summary>
    public static ServiceAnswer Fitting(ServiceFinding finding)
    {
        ArgumentNullException.ThrowIfNull(finding);
        ImmutableArray<ServiceTarget> targets = FieldWriter.Fitting<ServiceTarget>(finding.Targets, ResolverAnswer.MaxSize - MaxHeader, ServiceRoute.MaxTargets, Write)
            .Select(place => finding.Targets[place]).ToImmutableArray();
        ServiceRefusal? refusal = finding.Refusal;
        if (refusal is null && targets.All(target => target.Refusal is not null))
            refusal = new ServiceRefusal(ServiceRefusalKind.ConnectionFailed, "what the servers of the domain must show is too long");
        return new ServiceAnswer(targets, refusal);
    }

    /// <summary>Its length, no more than <see cref="ResolverAnswer.MaxSize"/>: <see cref="Fitting"/> comes before.</summary>
    public static int Write(uint number, ServiceAnswer answer, Span<byte> message)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var writer = new FieldWriter(message);
        writer.Put(number);
        writer.Put(Answered);
        Write(answer.Refusal, ref writer);
        writer.Put((byte)answer.Targets.Length);
        foreach (ServiceTarget target in answer.Targets)
            Write(target, ref writer);
        ArgumentOutOfRangeException.ThrowIfEqual(writer.IsFull, true, nameof(answer));
        return writer.Length;
    }

    /// <summary>Any bytes.</summary>
    /// <returns>Null for a question that was refused, and for what is no answer.</returns>
    public static ServiceAnswer? Read(ReadOnlySpan<byte> message)
    {
        var reader = new FieldReader(message);
        _ = reader.Number();
        if (reader.Byte() != Answered)
            return null;

        ServiceRefusal? refusal = Refusal(ref reader);
        int count = reader.Byte();
        if (count > ServiceRoute.MaxTargets)
            return null;

        var targets = ImmutableArray.CreateBuilder<ServiceTarget>(count);
        for (int i = 0; i < count && !reader.IsBroken; i++)
        {
            if (Target(ref reader) is { } target)
                targets.Add(target);
        }

        // Somebody to try, or a reason why there is nobody.
        bool nobody = targets.All(target => target.Refusal is not null);
        return reader.IsWhole && nobody == refusal is not null ? new ServiceAnswer(targets.ToImmutable(), refusal) : null;
    }

    private static void Write(ServiceTarget target, ref FieldWriter writer)
    {
        writer.Put(target.Host.Text);
        writer.Put((ushort)target.Port);
        writer.Put(target.IsDirectTls ? (byte)1 : (byte)0);
        HopForm.Write(target.Addresses, ref writer);
        writer.Put((byte)target.Source);
        HopForm.Write(target.Demand, ref writer);
        Write(target.Refusal, ref writer);
    }

    /// <summary>Null, and the reader broken, when it is none.</summary>
    private static ServiceTarget? Target(ref FieldReader reader)
    {
        DnsName? host = reader.Name();
        int port = reader.Word();
        bool direct = reader.Flag();
        ImmutableArray<IPAddress> addresses = HopForm.Addresses(ref reader);
        var source = (PolicySource)reader.Byte();
        TlsDemand? demand = HopForm.Demand(ref reader);
        ServiceRefusal? refusal = Refusal(ref reader);

        // A resolver that was stolen must not have a stream go out in the clear (RFC 7590 §3.4), nor have the dialer refuse us.
        if (!Enum.IsDefined(source) || !ServicePort.IsAllowed(port) || demand is null or { Proof: TlsProof.IfOffered } || (refusal is null && addresses.IsEmpty))
            reader.Break();
        return reader.IsBroken
            ? null
            : new ServiceTarget
            {
                Host = host!,
                Port = port,
                IsDirectTls = direct,
                Addresses = addresses,
                Source = source,
                Demand = demand!,
                Refusal = refusal,
            };
    }

    private static void Write(ServiceRefusal? refusal, ref FieldWriter writer)
    {
        writer.Put(refusal is null ? (byte)0 : (byte)((int)refusal.Kind + FirstKind));
        if (refusal is not null)
            writer.Put(refusal.Text.Length > MaxReason ? refusal.Text[..MaxReason] : refusal.Text);
    }

    /// <summary>Null where none is said; the reader is broken where what is said is none.</summary>
    private static ServiceRefusal? Refusal(ref FieldReader reader)
    {
        int value = reader.Byte();
        if (value == 0)
            return null;

        var kind = (ServiceRefusalKind)(value - FirstKind);
        string text = reader.Text(MaxReason);
        if (!Enum.IsDefined(kind) || text.Length == 0)
            reader.Break();
        return reader.IsBroken ? null : new ServiceRefusal(kind, text);
    }
}
