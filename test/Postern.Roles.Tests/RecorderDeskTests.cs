using System.Buffers.Binary;
using System.Text;
using Postern.Interop.LibSqlite;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.Memory;
using Postern.Policy.Ratchet;
using Postern.Policy.TlsRpt;
using Postern.Roles.Recorder;
using Postern.Store;
using Xunit;

namespace Postern.Roles.Tests;

/// <summary>
/// What a resolver may ask of the recorder, and what a disk may do to it. Taken out: the union in DomainTable.Keep, the readers'
/// bounds, the second Open in RecorderDesk.Use.
/// </summary>
public sealed class RecorderDeskTests : IDisposable
{
    private static readonly DnsName s_domain = DnsName.Read("example.org")!;
    private static readonly ReportedPolicy s_policy = new(PolicyType.Sts, "example.org", ["version: STSv1"], ["mx.example.org"]);

    private readonly string _directory = Directory.CreateTempSubdirectory("postern-desk").FullName;
    private readonly List<string> _alarms = [];
    private readonly byte[] _answer = new byte[RecorderRequest.MaxAnswer];
    private DateTimeOffset _now = new(2026, 11, 27, 15, 0, 0, TimeSpan.Zero);
    private RecorderDesk _desk;
    private uint _number;

    public RecorderDeskTests()
    {
        _desk = NewDesk();
        _desk.Begin();
    }

    public void Dispose()
    {
        _desk.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void What_is_kept_is_found_also_by_the_next_process()
    {
        Assert.Equal((RecorderOutcome.Unknown, null), Find(s_domain));
        Keep(Memory());
        Assert.Equal(AssuredLevel.Dane, Find(s_domain).Memory!.Ratchet!.Hosts[0].Level);
        _desk.Dispose();
        _desk = NewDesk();
        Assert.Equal(RecorderOutcome.Known, Find(s_domain).Outcome);
        Assert.Empty(_alarms);
    }

    [Fact]
    public void What_is_forgotten_is_not_found()
    {
        Keep(Memory());
        Assert.Equal(RecorderOutcome.Known, Forget(s_domain));
        Assert.Equal(RecorderOutcome.Unknown, Forget(s_domain));
        Assert.Equal((RecorderOutcome.Unknown, null), Find(s_domain));
    }

    [Fact]
    public void Sessions_are_counted_on_the_day_that_the_recorder_has_and_old_days_are_forgotten()
    {
        Count(s_policy, null);
        Count(s_policy, new SessionFailure(ResultType.CertificateExpired) { ReceivingIp = "192.0.2.1" });
        _now = _now.AddDays(1);
        Count(s_policy, null);
        Assert.Equal([(1L, 1L), (1L, 0L)], Figures(new DateOnly(2026, 11, 27), new DateOnly(2026, 11, 28)));
        _now = _now.AddDays(SessionTable.KeptDays);
        Count(s_policy, null);
        Assert.Equal([(0L, 0L), (1L, 0L), (1L, 0L)], Figures(new DateOnly(2026, 11, 27), new DateOnly(2026, 11, 28), new DateOnly(2026, 12, 28)));
    }

    [Fact]
    public void What_is_no_request_is_refused_and_changes_nothing()
    {
        Keep(Memory());
        byte[] good = DomainMemoryText.Write(Memory());
        (RecorderKind Kind, byte[] Body)[] bad =
        [
            (0, []), ((RecorderKind)8, []), (RecorderKind.Find, []), (RecorderKind.Find, "192.0.2.1"u8.ToArray()), (RecorderKind.Find, [.. "example.org"u8, 0]),
            (RecorderKind.Find, new byte[300]), (RecorderKind.Forget, "-"u8.ToArray()), (RecorderKind.Keep, []), (RecorderKind.Keep, good[..^1]),
            (RecorderKind.Keep, new byte[DomainMemoryText.MaxBytes + 1]), (RecorderKind.Count, []), (RecorderKind.Count, "\n"u8.ToArray()),
            (RecorderKind.Count, Encoding.UTF8.GetBytes(SessionText.Write(s_policy))), (RecorderKind.Count, [.. Encoding.UTF8.GetBytes(SessionText.Write(s_policy)), .. "\n{}"u8]),
        ];
        foreach ((RecorderKind kind, byte[] body) in bad)
            Assert.Equal(RecorderDesk.Refused, Answer(RecorderRequest.Write(1, kind, body)));
        for (int length = 0; length < RecorderRequest.HeaderSize; length++)
            Assert.Equal(RecorderDesk.Refused, Answer(new byte[length]));
        byte[] tooLong = new byte[RecorderRequest.MaxSize + 1];
        BinaryPrimitives.WriteUInt16LittleEndian(tooLong.AsSpan(4), (ushort)RecorderKind.Count);
        Assert.Equal(RecorderDesk.Refused, Answer(tooLong));
        Assert.Equal(RecorderOutcome.Known, Find(s_domain).Outcome);
        Assert.Empty(_alarms);
    }

    [Fact]
    public void Any_bytes_make_no_exception()
    {
        var random = new Random(20261127);
        byte[] keep = RecorderRequest.Write(7, RecorderKind.Keep, DomainMemoryText.Write(Memory()));
        byte[] count = RecorderRequest.Write(7, RecorderKind.Count, RecorderRequest.Body(s_policy, new SessionFailure(ResultType.TlsaInvalid)));
        for (int i = 0; i < 3000; i++)
        {
            byte[] request = (byte[])(i % 2 == 0 ? keep : count).Clone();
            for (int turned = random.Next(1, 4); turned > 0; turned--)
                request[random.Next(request.Length)] = (byte)random.Next(256);
            Assert.InRange(Answer(request.AsSpan(0, random.Next(request.Length + 1))), RecorderDesk.Refused, RecorderRequest.MaxAnswer);
        }
    }

    [Fact]
    public void A_file_that_is_damaged_while_it_is_open_is_put_aside_and_a_new_one_begun()
    {
        // More than SQLite keeps in memory: what it does not have to read again it does not miss.
        const int Many = 1200;
        for (int i = 0; i < Many; i++)
            Keep(Memory($"d{i}.example.org", evidence: new string('e', DomainMemoryText.MaxWords), hosts: 8));
        foreach (string file in Directory.GetFiles(_directory, StoreFile.Name + "*").Where(file => !file.EndsWith("-shm", StringComparison.Ordinal)))
            File.WriteAllBytes(file, [.. Enumerable.Repeat((byte)'x', (int)new FileInfo(file).Length)]);
        for (int i = 0; i < Many && _alarms.Count < 2; i++)
            _ = Find(DnsName.Read($"d{i}.example.org")!);

        Assert.Contains(_alarms, alarm => alarm.Contains("postern.db is damaged", StringComparison.Ordinal));
        Assert.Contains(_alarms, alarm => alarm.Contains("it is called postern.db.damaged now", StringComparison.Ordinal));
        Assert.True(File.Exists(Path.Combine(_directory, StoreFile.NameOfDamaged)));
        Keep(Memory());
        Assert.Equal(RecorderOutcome.Known, Find(s_domain).Outcome);
        Assert.Contains(_alarms, alarm => alarm.EndsWith("is written again", StringComparison.Ordinal));
    }

    /// <summary>Where an index alone is wrong, the quick look at the file finds nothing. Taken out: wasDamaged in RecorderDesk.Use.</summary>
    [Fact]
    public void An_index_that_is_damaged_alone_is_put_aside_at_its_first_use()
    {
        for (int i = 0; i < 20; i++)
            Keep(Memory($"d{i}.example.org"));
        _desk.Dispose();
        using (SqliteDatabase database = SqliteDatabase.Open(Path.Combine(_directory, StoreFile.Name), TimeSpan.FromSeconds(1), out _, out _)!)
        {
            // What is in the index is in another order than it says from now on.
            Assert.Equal(SqliteOutcome.Done, database.Execute("PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql = 'CREATE INDEX domain_age ON domain (last_seen, known)' WHERE name = 'domain_age'"));
        }

        _desk = NewDesk();
        _desk.Begin();
        Assert.Empty(_alarms);
        for (int i = 0; i < 5; i++)
            _ = Forget(DnsName.Read($"d{i}.example.org")!);
        Assert.Single(_alarms, alarm => alarm.Contains("it is called postern.db.damaged now", StringComparison.Ordinal));
        Keep(Memory());
        Assert.Equal(RecorderOutcome.Known, Find(s_domain).Outcome);
    }

    [Fact]
    public void A_directory_that_is_not_there_is_an_alarm_once_and_its_return_is_told()
    {
        string elsewhere = Path.Combine(_directory, "later");
        using var desk = new RecorderDesk(elsewhere, () => _now, _alarms.Add);
        desk.Begin();
        Assert.Contains("later/postern.db cannot be opened or made", Assert.Single(_alarms), StringComparison.Ordinal);
        byte[] keep = RecorderRequest.Write(1, RecorderKind.Keep, DomainMemoryText.Write(Memory()));
        byte[] find = RecorderRequest.Write(2, RecorderKind.Find, RecorderRequest.Body(s_domain));
        for (int i = 0; i < 20; i++)
        {
            _now = _now.AddSeconds(7);
            Assert.Equal(0, desk.Answer(keep, _answer));
            _ = desk.Answer(find, _answer);
            Assert.Equal((byte)RecorderOutcome.Away, _answer[4]);
        }

        _ = Assert.Single(_alarms);
        _now = _now.AddHours(1);
        Assert.Equal(0, desk.Answer(keep, _answer));
        Assert.Equal(2, _alarms.Count);

        _ = Directory.CreateDirectory(elsewhere);
        _now = _now + RecorderDesk.RetryAfter;
        Assert.Equal(0, desk.Answer(keep, _answer));
        Assert.EndsWith("later/postern.db is written again", _alarms[2], StringComparison.Ordinal);
        _ = desk.Answer(find, _answer);
        Assert.Equal((byte)RecorderOutcome.Known, _answer[4]);
    }

    [Fact]
    public void A_clock_that_was_set_back_does_not_close_the_file_for_years()
    {
        string elsewhere = Path.Combine(_directory, "later");
        using var desk = new RecorderDesk(elsewhere, () => _now, _alarms.Add);
        desk.Begin();
        _ = Directory.CreateDirectory(elsewhere);
        _now = _now.AddYears(-3);
        _ = desk.Answer(RecorderRequest.Write(2, RecorderKind.Find, RecorderRequest.Body(s_domain)), _answer);
        Assert.Equal((byte)RecorderOutcome.Unknown, _answer[4]);
    }

    [Fact]
    public void Resolvers_of_two_generations_ask_at_the_same_time()
    {
        using RecorderDesk other = NewDesk();
        Thread[] threads = [.. new[] { _desk, _desk, other, other }.Select((desk, i) => new Thread(() =>
        {
            byte[] answer = new byte[RecorderRequest.MaxAnswer];
            for (int n = 0; n < 50; n++)
            {
                _ = desk.Answer(RecorderRequest.Write(1, RecorderKind.Keep, DomainMemoryText.Write(Memory($"d{i}-{n}.example.org"))), answer);
                _ = desk.Answer(RecorderRequest.Write(2, RecorderKind.Count, RecorderRequest.Body(s_policy, null)), answer);
            }
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        Assert.Empty(_alarms);
        for (int i = 0; i < threads.Length; i++)
        {
            for (int n = 0; n < 50; n++)
                Assert.Equal(RecorderOutcome.Known, Find(DnsName.Read($"d{i}-{n}.example.org")!).Outcome);
        }

        Assert.Equal([(200L, 0L)], Figures(new DateOnly(2026, 11, 27)));
    }

    private static DomainMemory Memory(string domain = "example.org", string evidence = "evidence", int hosts = 1)
    {
        var at = new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);
        DnsName name = DnsName.Read(domain)!;
        return new DomainMemory(name, at, at)
        {
            Ratchet = new RatchetMemory(name)
            {
                Hosts = [.. Enumerable.Range(0, hosts).Select(i => new HostLevel(DnsName.Read($"mx{i}.{domain}")!, AssuredLevel.Dane, at, at, evidence))],
            },
        };
    }

    private RecorderDesk NewDesk() => new(_directory, () => _now, text =>
    {
        lock (_alarms)
            _alarms.Add(text);
    });

    private int Answer(ReadOnlySpan<byte> request) => _desk.Answer(request, _answer);

    private (RecorderOutcome Outcome, DomainMemory? Memory) Find(DnsName domain)
    {
        int length = Answer(RecorderRequest.Write(++_number, RecorderKind.Find, RecorderRequest.Body(domain)));
        Assert.True(RecorderRequest.TryReadAnswer(_answer.AsSpan(0, length), _number, out RecorderOutcome outcome));
        return (outcome, DomainMemoryText.Read(_answer.AsMemory(RecorderRequest.AnswerHeaderSize, length - RecorderRequest.AnswerHeaderSize)));
    }

    private RecorderOutcome Forget(DnsName domain)
    {
        int length = Answer(RecorderRequest.Write(++_number, RecorderKind.Forget, RecorderRequest.Body(domain)));
        Assert.True(RecorderRequest.TryReadAnswer(_answer.AsSpan(0, length), _number, out RecorderOutcome outcome));
        return outcome;
    }

    private void Keep(DomainMemory memory) => Assert.Equal(0, Answer(RecorderRequest.Write(++_number, RecorderKind.Keep, DomainMemoryText.Write(memory))));

    private void Count(ReportedPolicy policy, SessionFailure? failure) =>
        Assert.Equal(0, Answer(RecorderRequest.Write(++_number, RecorderKind.Count, RecorderRequest.Body(policy, failure))));

    private (long Successful, long Failed)[] Figures(params DateOnly[] days)
    {
        using StoreFile file = StoreFile.Open(_directory, out _)!;
        return [.. days.Select(day =>
        {
            Assert.Null(file.Sessions.Read(new ReportDay(day), out SessionTally tally));
            TlsReport? report = tally.ToReports(new ReportDay(day), "o", "c", domain => domain).SingleOrDefault();
            return (report?.Policies[0].Successful ?? 0, report?.Policies[0].Failed ?? 0);
        })];
    }
}
