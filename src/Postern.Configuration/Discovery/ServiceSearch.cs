using System.Collections.Immutable;
using Postern.Interop.LibC;
using Postern.Policy.Dns;
using Postern.Protocols;

namespace Postern.Configuration.Discovery;

/// <summary>Where a domain has its server for a protocol, in the order to be tried.</summary>
/// <param name="Service"><c>imaps</c>: the service's name without its underscores.</param>
/// <param name="Mode">Implicit or StartTls, never plain.</param>
/// <param name="IsFallback">The domain has no record: the target is the domain itself.</param>
internal sealed record FoundService(string Service, TlsMode Mode, ImmutableArray<SrvRecord> Targets, bool IsFallback = false);

/// <summary>
/// Finds a domain's server: the service with TLS from the first byte where the domain has it (RFC 8314 §4.1), else the one that
/// starts TLS when asked, which then must. What begins in the clear and stays there is never looked for. XEP-0368 would have the
/// two mixed by priority and weight; one order for all protocols is easier to foresee, and TLS at once has fewer words in the clear.
/// </summary>
/// <param name="resolver">Whom to ask; each name is asked for once.</param>
/// <param name="draw">As <see cref="SrvOrder.Of"/> has it.</param>
internal sealed class ServiceSearch(IResolver resolver, Func<int, int> draw)
{
    private readonly Dictionary<string, SrvReply> _known = [];

    /// <summary>Null when there is none, and why, with what to do.</summary>
    /// <param name="protocol">The protocol's word; one that has <see cref="ServiceNames"/>.</param>
    /// <param name="domain">In lower case.</param>
    /// <param name="only">Implicit or StartTls: the operator's word, which leaves no other service; null: either.</param>
    /// <param name="wrong">One sentence or two.</param>
    public FoundService? Find(string protocol, string domain, TlsMode? only, out string wrong)
    {
        ServiceNames names = ServiceNames.Of(protocol)!;
        List<string> missing = [];
        bool recorded = false;
        foreach ((string? label, TlsMode mode) in (ReadOnlySpan<(string?, TlsMode)>)[(names.Implicit, TlsMode.Implicit), (names.Plain, TlsMode.StartTls)])
        {
            if (label is null || (only is { } wanted && wanted != mode))
                continue;

            string name = $"{label}.{domain}";
            SrvReply reply = Ask(name);
            ImmutableArray<SrvRecord> targets = [.. reply.Records.Where(record => !record.IsAbsent)];
            if (!targets.IsEmpty)
            {
                wrong = "";
                return new FoundService(Word(label), mode, SrvOrder.Of(targets, draw));
            }

            // Not known is not the same as not there: what is second choice is not taken because of a name server's bad day.
            if (SrvWords.Trouble(reply, name) is { } trouble)
            {
                wrong = trouble;
                return null;
            }

            missing.Add(SrvWords.Missing(reply, name));

            // RFC 6120 §3.2.1: who says "." has said all. That there is no service with TLS from the first byte says nothing of the other.
            recorded |= mode == TlsMode.StartTls && reply.Outcome == QueryOutcome.Answered;
        }

        if (names.FallbackPort != 0 && only != TlsMode.Implicit && !recorded)
        {
            wrong = "";
            return new FoundService(Word(names.Plain!), TlsMode.StartTls, [new SrvRecord(0, 0, names.FallbackPort, domain)], IsFallback: true);
        }

        wrong = SrvWords.Nowhere(protocol, domain, missing, only);
        return null;
    }

    /// <summary>"_imaps._tcp" is imaps.</summary>
    private static string Word(string label) => label[1..label.IndexOf('.', StringComparison.Ordinal)];

    private SrvReply Ask(string name)
    {
        if (!_known.TryGetValue(name, out SrvReply? reply))
        {
            reply = resolver.Services(name);
            _known.Add(name, reply);
        }

        return reply;
    }
}
