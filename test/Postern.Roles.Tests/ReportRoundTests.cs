using System.Collections.Immutable;
using System.Net;
using System.Text;
using Postern.Configuration;
using Postern.Policy.Dns;
using Postern.Policy.TlsRpt;
using Postern.Resolver.Reports;
using Postern.Roles.Recorder;
using Postern.Roles.Resolver.Desk;
using Postern.Roles.Resolver.Reports;
using Postern.Roles.Tests.Rigs;
using Postern.Store;
using Xunit;

namespace Postern.Roles.Tests;

/// <summary>
/// Reports on their way, with the real recorder's desk and file: whom they go to, once, again where they failed, and for a day.
/// </summary>
public sealed partial class ReportRoundTests : IDisposable
{
    private const string Two = "_smtp._tls.example.org TXT insecure v=TLSRPTv1|rua=https://reports.example.net/v1,mailto:tls@example.org; reports.example.net A insecure 9.9.9.9; reports.example.net AAAA insecure -";

    private static readonly ReportSnapshot s_settings = new("Example", "postmaster@gate.example", "reports@gate.example", "127.0.0.1:25", "gate.example");
    private static readonly ReportedPolicy s_policy = new(PolicyType.NoPolicyFound, "example.org", [], []);
    private static readonly ReportAbout s_about = new(new ReportDay(new DateOnly(2026, 11, 26)), DnsName.Read("example.org")!);
    private static readonly DateTimeOffset s_day = new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);

    private readonly string _directory = Directory.CreateTempSubdirectory("postern-report").FullName;
    private readonly FalseWorld _world = new("");
    private readonly Carrier _carrier = new();
    private readonly List<string> _notes = [];
    private readonly List<string> _alarms = [];
    private RecorderDesk _desk;

    public ReportRoundTests()
    {
        Now = s_day;
        _desk = NewDesk();
    }

    private DateTimeOffset Now
    {
        get => _world.Clock.Now;
        set => _world.Clock.Now = value;
    }

    public void Dispose()
    {
        _desk.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Brings what it is given nowhere, and remembers.</summary>
    private sealed class Carrier : IReportCarrier
    {
        public List<string> Brought { get; } = [];

        public byte[] Report { get; private set; } = [];

        public byte[] Letter { get; private set; } = [];

        public Func<string, bool> Takes { get; set; } = _ => true;

        /// <summary>For each, how long it may take.</summary>
        public List<TimeSpan> Limits { get; } = [];

        public Carried Post(Uri target, ImmutableArray<IPAddress> addresses, byte[] report, TimeSpan limit)
        {
            Limits.Add(limit);
            Report = report;
            return Bring($"{target} at {string.Join(' ', addresses)}", "HTTP 200");
        }

        public Carried Mail(string from, string to, byte[] mail, TimeSpan limit)
        {
            Limits.Add(limit);
            Letter = mail;
            return Bring($"{from} to {to}", "250 queued");
        }

        private Carried Bring(string where, string good)
        {
            Brought.Add(where);
            return Takes(where) ? new(true, good) : new(false, "no");
        }
    }

    /// <summary>The desk without a socket in between.</summary>
    private sealed class Direct(RecorderDesk desk) : IReportStore
    {
        private readonly byte[] _answer = new byte[RecorderRequest.MaxAnswer];

        /// <summary>Nothing is written down.</summary>
        public bool Forgets { get; set; }

        /// <summary>From the first claim on.</summary>
        public bool Dies { get; set; }

        public int Claims { get; private set; }

        public bool IsAway => Dies && Claims > 0;

        public ImmutableArray<ReportAbout> Due() => Ask(RecorderKind.Due, []) is { } body ? ReportMessage.ReadDue(body) : [];

        public ClaimedReport? Claim(ReportAbout about)
        {
            Claims++;
            return Ask(RecorderKind.Claim, ReportMessage.Write(about)) is { } body ? ReportMessage.ReadClaimed(body) : null;
        }

        public bool Tell(SentMessage sent) => !Forgets && !IsAway && Ask(RecorderKind.Sent, ReportMessage.Write(sent)) is not null;

        private byte[]? Ask(RecorderKind kind, byte[] request)
        {
            int length = desk.Answer(RecorderRequest.Write(1, kind, request), _answer);
            Assert.True(RecorderRequest.TryReadAnswer(_answer.AsSpan(0, length), 1, out RecorderOutcome outcome));
            return outcome == RecorderOutcome.Known ? _answer[RecorderRequest.AnswerHeaderSize..length] : null;
        }
    }

    [Fact]
    public void A_report_goes_to_each_target_once_and_not_before_its_time()
    {
        _world.Zone = Two;
        Count();
        Count(new SessionFailure(ResultType.CertificateExpired) { ReceivingHost = "mx.example.org" });
        ReportRound round = NewRound();
        DateTimeOffset opens = ReportSchedule.Opens(ReportDay.Of(s_day), "example.org");
        for (Now = s_day; Now < opens; Now = Now.AddMinutes(5))
            round.Run();
        Assert.Empty(_carrier.Brought);

        for (Now = opens; Now < s_day.AddDays(4); Now = Now.AddMinutes(5))
            round.Run();
        Assert.Equal(["https://reports.example.net/v1 at 9.9.9.9", "reports@gate.example to tls@example.org"], _carrier.Brought);
        Assert.Equal(_carrier.Report, ReportMail.Find(_carrier.Letter)!.Bytes);
        TlsReport report = Read(_carrier.Report);
        Assert.Equal(("Example", "postmaster@gate.example", "2026-11-26.example.org@gate.example"), (report.Organization, report.Contact, report.Id));
        Assert.Equal((1, 1, "certificate-expired"), (report.Policies.Single().Successful, report.Policies[0].Failed, report.Policies[0].Failures.Single().Result));
        Assert.Equal(
            ["the report on example.org of 2026-11-26 went to https://reports.example.net/v1: HTTP 200", "the report on example.org of 2026-11-26 went to mailto:tls@example.org: 250 queued"], _notes);
        Assert.Empty(_alarms);
    }

    /// <summary>Of two targets one fails: it alone is tried again, each hour of a day.</summary>
    [Fact]
    public void What_one_target_has_is_not_sent_to_it_again()
    {
        _world.Zone = Two;
        Count();
        _carrier.Takes = where => where.Contains('@', StringComparison.Ordinal);
        ReportRound round = NewRound();
        RunFor(round, TimeSpan.FromDays(5));
        Assert.Equal(25, _carrier.Brought.Count(where => where.StartsWith("https", StringComparison.Ordinal)));
        Assert.Equal(1, _carrier.Brought.Count(where => where.StartsWith("reports@", StringComparison.Ordinal)));
        Assert.Equal("the report on example.org of 2026-11-26 is given up after 24 hours: https://reports.example.net/v1: no", _notes[^1]);
        Assert.Equal(25, _notes.Count(note => note.Contains("could not go", StringComparison.Ordinal)));

        // That others have theirs is no reason to be alarmed.
        Assert.Empty(_alarms);
    }

    [Fact]
    public void Where_nobody_takes_anything_all_day_it_is_an_alarm()
    {
        _world.Zone = Two.Replace(",mailto:tls@example.org", "", StringComparison.Ordinal);
        Count();
        _carrier.Takes = _ => false;
        RunFor(NewRound(), TimeSpan.FromDays(5));
        Assert.Equal("no report on TLS could be sent for 24 hours; the last was that on example.org of 2026-11-26: https://reports.example.net/v1: no", Assert.Single(_alarms));
    }

    [Fact]
    public void A_target_that_comes_back_has_it_within_the_hour_and_the_same()
    {
        _world.Zone = Two;
        Count();
        bool here = false;
        _carrier.Takes = _ => here;
        ReportRound round = NewRound();
        Now = ReportSchedule.Opens(ReportDay.Of(s_day), "example.org");
        round.Run();
        byte[] first = _carrier.Report;
        here = true;
        RunFor(round, ReportSchedule.Pause + TimeSpan.FromMinutes(5));
        RunFor(round, TimeSpan.FromDays(5));
        Assert.Equal(4, _carrier.Brought.Count);
        Assert.Equal(Read(first), Read(_carrier.Report));
    }

    [Fact]
    public void Two_generations_send_it_once()
    {
        _world.Zone = Two;
        Count();
        using RecorderDesk other = NewDesk();
        ReportRound old = NewRound(), young = NewRound(other);
        _carrier.Takes = where => _carrier.Brought.Count > 6;
        for (Now = s_day; Now < s_day.AddDays(3); Now = Now.AddMinutes(5))
        {
            old.Run();
            young.Run();
        }

        // Three times to two, who did not take it, and then to both.
        Assert.Equal(8, _carrier.Brought.Count);
        Assert.Empty(_alarms);
    }

    [Fact]
    public void A_restart_and_a_clock_that_was_set_back_send_nothing_again()
    {
        _world.Zone = Two;
        Count();
        Now = s_day.AddDays(1.5);
        NewRound().Run();
        Assert.Equal(2, _carrier.Brought.Count);
        _desk.Dispose();
        _desk = NewDesk();
        ReportRound next = NewRound();
        foreach (double hours in (double[])[0, 2, -5, -12, -30, 3, 20])
        {
            Now = s_day.AddDays(1.5).AddHours(hours);
            next.Run();
        }

        Assert.Equal(2, _carrier.Brought.Count);
    }

    /// <summary>Taken out: the list of what the recorder did not write down.</summary>
    [Fact]
    public void What_could_not_be_written_down_is_not_sent_again()
    {
        _world.Zone = Two;
        Count();
        RunFor(NewRound(store: new Direct(_desk) { Forgets = true }), TimeSpan.FromDays(3));
        Assert.Equal(2, _carrier.Brought.Count);
    }

    [Theory]
    [InlineData("_smtp._tls.example.org TXT insecure -", 1)]
    [InlineData("_smtp._tls.example.org TXT insecure NXDOMAIN", 1)]
    [InlineData("_smtp._tls.example.org TXT insecure v=TLSRPTv1|rua=ftp://example.org/x", 1)]
    [InlineData("_smtp._tls.example.org TXT failed", 25)]
    [InlineData("_smtp._tls.example.org TXT bogus", 25)]
    public void Who_wants_none_is_asked_once_and_who_does_not_answer_for_a_day(string zone, int times)
    {
        _world.Zone = zone;
        Count();
        RunFor(NewRound(), TimeSpan.FromDays(5));
        Assert.Equal(times, _world.Asked.Count(question => question == "TXT of _smtp._tls.example.org"));
        Assert.Empty(_carrier.Brought);
        Assert.Equal(times > 1 ? 1 : 0, _alarms.Count);
    }

    /// <summary>A stranger names the host: none of our own networks. Taken out: the filter in ReportRound.Post.</summary>
    [Theory]
    [InlineData("reports.example.net A insecure 127.0.0.1; reports.example.net AAAA insecure ::1", "the host has an address of a private network")]
    [InlineData("reports.example.net A insecure 10.1.2.3; reports.example.net AAAA insecure -", "the host has an address of a private network")]
    [InlineData("reports.example.net A insecure -; reports.example.net AAAA insecure -", "the host has no address")]
    [InlineData("reports.example.net A failed; reports.example.net AAAA failed", "the addresses of the host cannot be looked up")]
    [InlineData("reports.example.net A insecure 127.0.0.1; reports.example.net A insecure 9.9.9.9; reports.example.net AAAA insecure -", null)]
    public void Nobody_sends_us_into_our_own_networks(string addresses, string? refusal)
    {
        _world.Zone = "_smtp._tls.example.org TXT insecure v=TLSRPTv1|rua=https://reports.example.net/v1; " + addresses;
        Count();
        Now = s_day.AddDays(1.5);
        NewRound().Run();
        Assert.Equal(refusal is null ? ["https://reports.example.net/v1 at 9.9.9.9"] : [], _carrier.Brought);
        if (refusal is not null)
            Assert.EndsWith(refusal, Assert.Single(_notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_the_table_nothing_is_due()
    {
        Count();
        using var desk = new RecorderDesk(_directory, () => Now, _alarms.Add);
        Now = s_day.AddDays(1.5);
        Assert.Empty(new Direct(desk).Due());
        Assert.Single(new Direct(_desk).Due());
    }

    [Fact]
    public void What_is_no_message_on_reports_is_refused()
    {
        byte[] answer = new byte[RecorderRequest.MaxAnswer];
        (RecorderKind Kind, string Body)[] bad =
        [
            (RecorderKind.Due, "x"), (RecorderKind.Claim, ""), (RecorderKind.Claim, "2026-11-26 a b"), (RecorderKind.Claim, new string('a', 5000)),
        ];
        foreach ((RecorderKind kind, string body) in bad)
            Assert.Equal(RecorderDesk.Refused, _desk.Answer(RecorderRequest.Write(1, kind, Encoding.Latin1.GetBytes(body)), answer));

        // Of what became of a try the answer is waited for: it is that nothing was written down.
        bad =
        [
            (RecorderKind.Sent, ""), (RecorderKind.Sent, "2026-11-26 example.org\n3\nmailto:a@b.example\nx"), (RecorderKind.Sent, "2026-11-26 example.org\n1\n\nx"),
            (RecorderKind.Sent, "2026-11-26 example.org\n2\nmailto:a@b.example\nx"), (RecorderKind.Sent, "2026-11-26 example.org\n1\nmailto:a@b.example\nx\n"),
            (RecorderKind.Sent, "2026-11-26 example.org\n1\nmailto:a@b.example\n\u001b[2J"),
        ];
        Count();
        Now = s_day.AddDays(1.5);
        Assert.NotNull(new Direct(_desk).Claim(s_about));
        foreach ((RecorderKind kind, string body) in bad)
        {
            Assert.Equal(RecorderRequest.AnswerHeaderSize, _desk.Answer(RecorderRequest.Write(1, kind, Encoding.Latin1.GetBytes(body)), answer));
            Assert.Equal((byte)RecorderOutcome.Unknown, answer[4]);
        }
    }

    /// <summary>So many domains, with the same record, on a day that is over.</summary>
    private void Wanted(int domains, string rua, string more = "")
    {
        string[] names = [.. Enumerable.Range(0, domains).Select(i => $"d{i}.example.org")];
        _world.Zone = string.Join("; ", names.Select(name => $"_smtp._tls.{name} TXT insecure v=TLSRPTv1|rua={rua}")) + more;
        foreach (string name in names)
            Count(domain: name);
        Now = s_day.AddDays(1.5);
    }

    private void RunFor(ReportRound round, TimeSpan time)
    {
        for (DateTimeOffset end = Now + time; Now < end; Now = Now.AddMinutes(5))
            round.Run();
    }

    private void Count(SessionFailure? failure = null, string domain = "example.org") =>
        Assert.Equal(0, _desk.Answer(RecorderRequest.Write(1, RecorderKind.Count, RecorderRequest.Body(s_policy with { Domain = domain }, failure)), new byte[RecorderRequest.MaxAnswer]));

    private RecorderDesk NewDesk() => new(_directory, () => Now, _alarms.Add, s_settings);

    private ReportRound NewRound(RecorderDesk? desk = null, IReportStore? store = null, bool allowsPrivate = false) => new(s_settings, allowsPrivate)
    {
        Store = store ?? new Direct(desk ?? _desk),
        Dns = _world,
        Carrier = _carrier,
        Clock = _world.Clock,
        Note = _notes.Add,
        Bell = new AlarmBell(_alarms.Add, _world.Clock),
    };

    private static TlsReport Read(byte[] packed)
    {
        using var gzip = new System.IO.Compression.GZipStream(new MemoryStream(packed), System.IO.Compression.CompressionMode.Decompress);
        using var json = new MemoryStream();
        gzip.CopyTo(json);
        return ReportReader.Read(json.ToArray()).Report!;
    }
}
