using System.Collections.Immutable;
using System.Globalization;
using Postern.Policy.Dns;
using Postern.Policy.Rules;

namespace Postern.Policy.Service;

/// <summary>One server as SRV names it, or the domain itself.</summary>
/// <param name="Record">Has a target.</param>
/// <param name="IsDirectTls">As in <see cref="ServiceTarget.IsDirectTls"/>.</param>
/// <param name="Srv">The answer that it is of; null: the domain has no record.</param>
public sealed record ServiceEndpoint(SrvRecord Record, bool IsDirectTls, DnsAnswer<SrvRecord>? Srv) : ISrvRank
{
    public DnsName Host => Record.Target!;

    public int Port => Record.Port;

    int ISrvRank.Priority => Record.Priority;

    int ISrvRank.Weight => Record.Weight;
}

/// <summary>Where a domain's servers are, before anybody is looked at.</summary>
public sealed record ServiceRoute
{
    /// <summary>Domains have one to four. A look-up of each follows, and whoever owns a domain may write as many as there is room for.</summary>
    public const int MaxTargets = 8;

    /// <summary>TLS from the first octet (XEP-0368 §3).</summary>
    public const string DirectTls = "_xmpps-server._tcp";

    /// <summary>STARTTLS (RFC 6120 §3.2.1).</summary>
    public const string StartTls = "_xmpp-server._tcp";

    /// <summary>In the order in which they are tried.</summary>
    public ImmutableArray<ServiceEndpoint> Endpoints { get; init; } = [];

    /// <summary>Why there is none; null when there is.</summary>
    public ServiceRefusal? Refusal { get; init; }

    public required ImmutableArray<FiredRule> Rules { get; init; }

    /// <summary>From the answers to both look-ups.</summary>
    /// <param name="domain">Whose servers.</param>
    /// <param name="direct">Of <see cref="DirectTls"/>; null: no such name can exist.</param>
    /// <param name="startTls">Of <see cref="StartTls"/>; the same.</param>
    /// <param name="mix">As in <see cref="ServiceCase.Mix"/>.</param>
    public static ServiceRoute From(DnsName domain, DnsAnswer<SrvRecord>? direct, DnsAnswer<SrvRecord>? startTls, ulong mix)
    {
        List<(DnsAnswer<SrvRecord> Srv, bool IsDirectTls)> answers = [];
        if (direct is not null)
            answers.Add((direct, true));
        if (startTls is not null)
            answers.Add((startTls, false));
        string inputs = string.Join("; ", answers.Select(each => $"SRV of {each.Srv}"));

        // RFC 7673 §3.1: with an answer that is none the attempt ends. The other answer alone would be what is left to whoever can
        // break one look-up: a choice of servers, or the domain's own addresses.
        if (answers.FirstOrDefault(each => !each.Srv.IsAnswer) is { Srv: { } failed })
        {
            return Refuse(RuleList.SrvLookupFailed.Fire(inputs, "no server is tried"), ServiceRefusalKind.ConnectionFailed,
                $"the XMPP servers of {domain} cannot be looked up ({DnsWords.Of(failed.State)})");
        }

        DnsAnswer<SrvRecord>[] named = [.. answers.Select(each => each.Srv).Where(srv => srv.HasRecords)];
        if (named.Length == 0)
        {
            string port = ServicePort.XmppServer.ToString(CultureInfo.InvariantCulture);
            return new ServiceRoute
            {
                Endpoints = [new ServiceEndpoint(new SrvRecord(0, 0, ServicePort.XmppServer, domain), IsDirectTls: false, Srv: null)],
                Rules = [RuleList.NoSrv.Fire(inputs, $"{domain} itself is the server, at port {port}, with STARTTLS")],
            };
        }

        // XEP-0368 §5: who says "." under one name has none of that kind, and the other name counts. Who has any record is never
        // asked by his address alone.
        if (named.All(srv => srv.Records is [_, ..] records && records.All(record => record.IsAbsent)))
        {
            return Refuse(RuleList.ServiceAbsent.Fire(inputs, "refused"), ServiceRefusalKind.HostUnknown,
                $"{domain} says that it has no XMPP server (its SRV record says so)");
        }

        ImmutableArray<ServiceEndpoint> usable =
        [
            .. answers
                .SelectMany(each => each.Srv.Records
                    .Where(record => !record.IsAbsent && ServicePort.IsAllowed(record.Port))
                    .Select(record => new ServiceEndpoint(record, each.IsDirectTls, each.Srv)))

                // Named twice, it stands where it is wanted most.
                .OrderBy(endpoint => endpoint.Record.Priority)
                .DistinctBy(endpoint => (endpoint.Host, endpoint.Port, endpoint.IsDirectTls)),
        ];
        if (usable.IsEmpty)
        {
            return Refuse(RuleList.NoUsableSrv.Fire(inputs, "no server is tried"), ServiceRefusalKind.ConnectionFailed,
                $"no SRV record of {domain} names a host and a port that an XMPP server can have");
        }

        // XEP-0368 §3: records of both names are put in order as if they were of one.
        return new ServiceRoute
        {
            Endpoints = [.. SrvOrder.Of(usable, Drawer(mix)).Take(MaxTargets)],
            Rules = [RuleList.SrvMerged.Fire(inputs, usable.Length == 1 ? "1 server" : $"{usable.Length} servers, by priority and weight")],
        };
    }

    /// <summary>The same numbers each time that the survey is made. Without a mix the highest, which is the heaviest record's.</summary>
    private static Func<int, int> Drawer(ulong mix)
    {
        int drawn = 0;
        return most => mix == 0 ? most : (int)(Lot.Draw($"draw {drawn++}", mix) % ((ulong)most + 1));
    }

    private static ServiceRoute Refuse(FiredRule rule, ServiceRefusalKind kind, string text) => new() { Refusal = new ServiceRefusal(kind, text), Rules = [rule] };
}
