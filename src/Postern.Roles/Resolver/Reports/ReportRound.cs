using System.Collections.Immutable;
using System.Net;
using Postern.Configuration;
using Postern.Policy.Dane;
using Postern.Policy.Dns;
using Postern.Policy.TlsRpt;
using Postern.Resolver.Dns;
using Postern.Resolver.Reports;
using Postern.Roles.Recorder;
using Postern.Roles.Resolver.Desk;

namespace Postern.Roles.Resolver.Reports;

/// <summary>Sends what is due (RFC 8460): looks up who wants it, and brings it to each of them, in their order.</summary>
/// <param name="settings">Who sends.</param>
/// <param name="allowsPrivate">Hosts in private networks may be sent to.</param>
public sealed class ReportRound(ReportSnapshot settings, bool allowsPrivate)
{
    /// <summary>Deliveries that are remembered where the recorder did not write them down, so that they are not made again.</summary>
    public const int MaxUntold = 10_000;

    private readonly HashSet<(ReportAbout About, string Target)> _untold = [];
    private DateTimeOffset? _lastTaken;

    /// <summary>Knows what is due.</summary>
    public required IReportStore Store { get; init; }

    public required IDnsSource Dns { get; init; }

    public required IReportCarrier Carrier { get; init; }

    public required TimeProvider Clock { get; init; }

    /// <summary>A line for the log.</summary>
    public required Action<string> Note { get; init; }

    /// <summary>For the operator, now.</summary>
    public required AlarmBell Bell { get; init; }

    /// <summary>Once. Reports that a resolver of another generation sends meanwhile are left to it.</summary>
    public void Run()
    {
        foreach (ReportAbout about in Store.Due())
        {
            if (Store.Claim(about) is { } claimed)
                Send(about, claimed);
        }
    }

    private void Send(ReportAbout about, ClaimedReport claimed)
    {
        DnsAnswer<string>? texts = about.Domain.Below(TlsRptRecord.Label) is { } name ? Dns.Look([new DnsQuestion(name, RecordType.Txt)])[0].Texts() : null;
        if (texts is { IsAnswer: false })
        {
            if (claimed.IsLast)
                GiveUp(about, "who wants it cannot be looked up");
            return;
        }

        ImmutableArray<ReportTarget> targets = texts is null ? [] : TlsRptRecord.Read(texts.Records).Targets;
        string left = "";
        foreach (ReportTarget target in targets)
        {
            if (claimed.Taken.Contains(target.ToString()) || _untold.Contains((about, target.ToString())))
                continue;
            Carried carried = target.IsMail ? Mail(about, target, claimed.Report) : Post(target, claimed.Report);
            Note($"the report on {about.Domain} of {about.Day} {(carried.IsTaken ? "went" : "could not go")} to {target}: {carried.Outcome}");
            Tell(about, target.ToString(), carried);
            if (!carried.IsTaken)
                left = $"{target}: {carried.Outcome}";
        }

        if (left.Length == 0)
            _ = Store.Tell(new SentMessage(about, SendingEnd.Over, "", targets.IsEmpty ? "nobody wants it" : "sent"));
        else if (claimed.IsLast)
            GiveUp(about, left);
    }

    private void Tell(ReportAbout about, string target, Carried carried)
    {
        if (carried.IsTaken)
            _lastTaken = Clock.GetUtcNow();
        if (Store.Tell(new SentMessage(about, carried.IsTaken ? SendingEnd.Taken : SendingEnd.Failed, target, carried.Outcome)) || !carried.IsTaken)
            return;
        if (_untold.Count >= MaxUntold)
            _untold.Clear();
        _ = _untold.Add((about, target));
    }

    /// <summary>A target that is broken is its domain's matter. Where no report went anywhere all day, it is ours.</summary>
    private void GiveUp(ReportAbout about, string why)
    {
        _ = Store.Tell(new SentMessage(about, SendingEnd.Over, "", "given up: " + why));
        Note($"the report on {about.Domain} of {about.Day} is given up after {ReportSchedule.Persistence.TotalHours} hours: {why}");
        if (_lastTaken is not { } last || (Clock.GetUtcNow() - last).Duration() >= ReportSchedule.Persistence)
            Bell.Ring("reports", $"no report on TLS could be sent for {ReportSchedule.Persistence.TotalHours} hours; the last was that on {about.Domain} of {about.Day}: {why}");
    }

    private Carried Mail(ReportAbout about, ReportTarget target, byte[] report) =>
        Carrier.Mail(settings.From, target.Address, ReportLetter.Write(about, report, settings.From, target.Address, settings.Contact, Clock.GetUtcNow()));

    private Carried Post(ReportTarget target, byte[] report)
    {
        var address = new Uri(target.Address);
        if (DnsName.Read(address.IdnHost) is not { } host)
            return new(false, "the address names no host");
        ImmutableArray<DnsReply> replies = Dns.Look([new DnsQuestion(host, RecordType.Aaaa), new DnsQuestion(host, RecordType.A)]);
        var addresses = HostAddresses.Of(replies[0].Addresses(), replies[1].Addresses());
        if (addresses.HasFailed)
            return new(false, "the addresses of the host cannot be looked up");
        if (addresses.Addresses.IsEmpty)
            return new(false, "the host has no address");

        // Whoever owns a domain names the host: no request goes into our own networks (as with policy hosts, SurveyCase.AllowsPrivateHosts).
        ImmutableArray<IPAddress> allowed = [.. addresses.Addresses.Where(each => allowsPrivate || PublicAddress.Is(each))];
        return allowed.IsEmpty ? new(false, "the host has an address of a private network") : Carrier.Post(address, allowed, report);
    }
}
