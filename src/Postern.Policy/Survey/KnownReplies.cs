using System.Collections.Immutable;
using Postern.Policy.Dane;
using Postern.Policy.Dns;
using Postern.Policy.Rules;

namespace Postern.Policy.Survey;

/// <summary>What the DNS said so far, to whoever makes a decision of it: a question without a reply is written down as missing.</summary>
internal static class KnownReplies
{
    /// <returns>Null when it is to be asked for first.</returns>
    public static DnsReply? Look(ImmutableArray<DnsReply> replies, DnsName name, RecordType type, List<DnsQuestion> missing)
    {
        var question = new DnsQuestion(name, type);
        foreach (DnsReply reply in replies)
        {
            if (reply.Question == question)
                return reply;
        }

        missing.Add(question);
        return null;
    }

    /// <summary>Of the families that this machine speaks; IPv4 where it says that it speaks none.</summary>
    /// <returns>Null when something is to be asked for first.</returns>
    public static HostAddresses? Addresses(ImmutableArray<DnsReply> replies, bool hasV6, bool hasV4, DnsName host, List<DnsQuestion> missing)
    {
        bool asksV4 = hasV4 || !hasV6;
        DnsReply? v6 = hasV6 ? Look(replies, host, RecordType.Aaaa, missing) : null;
        DnsReply? v4 = asksV4 ? Look(replies, host, RecordType.A, missing) : null;
        return (hasV6 && v6 is null) || (asksV4 && v4 is null) ? null : HostAddresses.Of(v6?.Addresses(), v4?.Addresses());
    }

    /// <summary>DANE of one host.</summary>
    /// <param name="replies">The DNS's.</param>
    /// <param name="host">Without an answer yet.</param>
    /// <param name="decide">From what is known of the host.</param>
    /// <param name="missing">What is to be asked for.</param>
    /// <returns>Null when something is to be asked for first.</returns>
    public static DaneFinding? Dane(ImmutableArray<DnsReply> replies, DaneCase host, Func<DaneCase, DaneStep> decide, List<DnsQuestion> missing)
    {
        while (true)
        {
            DaneStep step = decide(host);
            if (step.Finding is { } finding)
                return finding;
            RecordType type = step.Ask!.Kind == QuestionKind.Alias ? RecordType.Cname : RecordType.Tlsa;
            if (Look(replies, step.Ask.Name, type, missing) is not { } reply)
                return null;
            host = type == RecordType.Cname ? host with { AliasState = reply.State } : host with { Tlsa = host.Tlsa.Add(reply.Tlsa()) };
        }
    }
}
