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
/// <param name="allowsPrivate">Hosts in private networks may be sent to, and at any port.</param>
public sealed class ReportRound(ReportSnapshot settings, bool allowsPrivate)
{
    /// <summary>Deliveries that are remembered where the recorder did not write them down, so that they are not made again.</summary>
    public const int MaxUntold = 10_000;

    /// <summary>For one report, to all who want it: whoever names slow hosts holds up nobody else's for longer.</summary>
    public static readonly TimeSpan MaxReport = TimeSpan.FromMinutes(2);

    /// <summary>Then it is asked anew what is due: those come first that were tried least.</summary>
    public static readonly TimeSpan MaxRound = TimeSpan.FromMinutes(5);

    private const int HttpsPort = 443;

    private readonly HashSet<(ReportAbout About, string Target)> _untold = [];
    private TargetRation? _ration;

    /// <summary>Or since when this process sends: nothing is known of before.</summary>
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
    /// <param name="stop">Begin no other.</param>
    /// <returns>Time ran out, and more is due.</returns>
    public bool Run(CancellationToken stop = default)
    {
        _lastTaken ??= Clock.GetUtcNow();
        long start = Clock.GetTimestamp();
        foreach (ReportAbout about in Store.Due())
        {
            if (Clock.GetElapsedTime(start) >= MaxRound)
                return true;
            if (stop.IsCancellationRequested)
                return false;
            ClaimedReport? claimed = Store.Claim(about);
            if (claimed is not null)
                Send(about, claimed);

            // What nobody can write down now is not sent now.
            if (Store.IsAway)
                return false;
        }

        return false;
    }

    private void Send(ReportAbout about, ClaimedReport claimed)
    {
        long start = Clock.GetTimestamp();
        DnsAnswer<string>? texts = about.Domain.Below(TlsRptRecord.Label) is { } name ? Dns.Look([new DnsQuestion(name, RecordType.Txt)])[0].Texts() : null;
        if (texts is { IsAnswer: false })
        {
            if (claimed.IsLast)
                GiveUp(about, "who wants it cannot be looked up");
            return;
        }

        ImmutableArray<ReportTarget> targets = texts is null ? [] : TlsRptRecord.Read(texts.Records).Targets;
        ReportTarget[] without = [.. targets.Where(target => !claimed.Taken.Contains(target.ToString()) && !_untold.Contains((about, target.ToString())))];
        ReportTarget[] open = [.. without.Where(target => IsRationed(about, target))];
        string left = "";
        for (int i = 0; i < open.Length; i++)
        {
            // Each has its share of what is left, so that the first ones leave some to the last.
            ReportTarget target = open[i];
            TimeSpan limit = (MaxReport - Clock.GetElapsedTime(start)) / (open.Length - i);
            Carried carried = limit <= TimeSpan.Zero ? new(false, "no time is left for it")
                : target.IsMail ? Mail(about, target, claimed.Report, limit)
                : Post(target, claimed.Report, limit);
            Note($"the report on {about.Domain} of {about.Day} {(carried.IsTaken ? "went" : "could not go")} to {target}: {carried.Outcome}");
            Tell(about, target.ToString(), carried);
            if (!carried.IsTaken)
                left = $"{target}: {carried.Outcome}";
            if (Store.IsAway)
                return;
        }

        if (left.Length == 0)
            _ = Store.Tell(new SentMessage(about, SendingEnd.Over, "", targets.IsEmpty ? "nobody wants it" : open.Length < without.Length ? "no more go there in a day" : "sent"));
        else if (claimed.IsLast)
            GiveUp(about, left);
    }

    private bool IsRationed(ReportAbout about, ReportTarget target)
    {
        _ration ??= new TargetRation(Clock);
        bool allowed = _ration.Allows(target, about, out bool isFirst);
        if (isFirst)
            Note($"{TargetRation.MostInADay} reports went to {target} today, and no more do: not that on {about.Domain} of {about.Day}, nor others");
        return allowed;
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

        // What one target took at the first try is a day old at the last one.
        if ((Clock.GetUtcNow() - _lastTaken!.Value).Duration() > ReportSchedule.Persistence + ReportSchedule.Pause)
            Bell.Ring("reports", $"no report on TLS could be sent for {ReportSchedule.Persistence.TotalHours} hours; the last was that on {about.Domain} of {about.Day}: {why}");
    }

    private Carried Mail(ReportAbout about, ReportTarget target, byte[] report, TimeSpan limit) =>
        Carrier.Mail(settings.From, target.Address, ReportLetter.Write(about, report, settings.From, target.Address, settings.Contact, Clock.GetUtcNow()), limit);

    private Carried Post(ReportTarget target, byte[] report, TimeSpan limit)
    {
        var address = new Uri(target.Address);

        // A stranger's address is no way to talk to whatever listens on other ports.
        if (address.Port != HttpsPort && !allowsPrivate)
            return new(false, $"the address has port {address.Port}; reports go to port {HttpsPort} alone");
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
        return allowed.IsEmpty ? new(false, "the host has an address of a private network") : Carrier.Post(address, allowed, report, limit);
    }
}
