using System.Collections.Immutable;
using Postern.Configuration;
using Postern.Interop.LibSqlite;
using Postern.Policy.Dns;
using Postern.Policy.Memory;
using Postern.Policy.TlsRpt;
using Postern.Store;

namespace Postern.Roles.Recorder;

/// <summary>
/// Answers resolvers out of the file. Called by a thread for each of them, which take turns. A file that cannot be used is an alarm,
/// is tried again, and holds up nobody.
/// </summary>
/// <param name="directory">Where the file is.</param>
/// <param name="clock">The time.</param>
/// <param name="alarm">A sentence for the operator.</param>
/// <param name="reports">How reports are made; null: none is due, ever.</param>
public sealed class RecorderDesk(string directory, Func<DateTimeOffset> clock, Action<string> alarm, ReportSnapshot? reports = null) : IDisposable
{
    /// <summary>No request: no resolver of ours says so while it is itself.</summary>
    public const int Refused = -1;

    /// <summary>Between two tries to open a file that could not be opened.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);

    /// <summary>A trouble that goes on is told again after so long.</summary>
    public static readonly TimeSpan TellAgainAfter = TimeSpan.FromHours(1);

    private readonly Lock _turn = new();
    private readonly ReportCabinet? _cabinet = reports is null ? null : new ReportCabinet(reports);
    private StoreFile? _file;
    private int _roomsMade;
    private DateTimeOffset _roomsTold = DateTimeOffset.MinValue;
    private DateTimeOffset _nextTry = DateTimeOffset.MinValue;

    /// <summary>What was told last, until it is over.</summary>
    private SqliteOutcome? _trouble;
    private DateTimeOffset _told;
    private ReportDay? _day;

    /// <summary>Opens the file before the first question comes.</summary>
    public void Begin()
    {
        lock (_turn)
            _ = Open();
    }

    /// <summary>Answers one message, whatever it is.</summary>
    /// <param name="request">As it came.</param>
    /// <param name="answer">At least <see cref="RecorderRequest.MaxAnswer"/>.</param>
    /// <returns>The answer's length; 0 where none is due; or <see cref="Refused"/>.</returns>
    public int Answer(ReadOnlySpan<byte> request, Span<byte> answer)
    {
        if (!RecorderRequest.TryRead(request, out uint number, out RecorderKind kind))
            return Refused;

        ReadOnlySpan<byte> body = request[RecorderRequest.HeaderSize..];

        // Packing is not done while others wait.
        if (kind == RecorderKind.Claim && ReportMessage.ReadAbout(body) is { } wanted)
        {
            RecorderOutcome outcome = Claim(wanted, out (TlsReport Report, ImmutableArray<string> Taken, bool IsLast)? claim);
            byte[] claimed = claim is { } it ? ReportMessage.Write(new ClaimedReport(it.IsLast, it.Taken, ReportParcel.Pack(it.Report, ReportMessage.MaxReport))) : [];
            return RecorderRequest.WriteAnswer(number, outcome, claimed, answer);
        }

        lock (_turn)
        {
            switch (kind)
            {
                case RecorderKind.Find when RecorderRequest.ReadDomain(body) is { } domain:
                    RecorderOutcome found = Find(domain, out DomainMemory? memory);
                    return RecorderRequest.WriteAnswer(number, found, memory is null ? [] : DomainMemoryText.Write(memory), answer);

                case RecorderKind.Forget when RecorderRequest.ReadDomain(body) is { } domain:
                    return RecorderRequest.WriteAnswer(number, Forget(domain), [], answer);

                case RecorderKind.Keep when DomainMemoryText.Read(body.ToArray()) is { } kept:
                    _ = Use(file => file.Domains.Keep(kept), writes: true);
                    return 0;

                case RecorderKind.Count when RecorderRequest.TryReadSession(body, out ReportedPolicy? policy, out SessionFailure? failure):
                    Count(policy!, failure);
                    return 0;

                case RecorderKind.Due when body.IsEmpty:
                    RecorderOutcome due = Due(out ImmutableArray<ReportAbout> list);
                    return RecorderRequest.WriteAnswer(number, due, ReportMessage.WriteDue(list), answer);

                case RecorderKind.Sent:
                    // Whatever it is: nobody waits for an answer that does not come.
                    RecorderOutcome told = ReportMessage.ReadSent(body) is { } sent ? Sent(sent) : RecorderOutcome.Unknown;
                    return RecorderRequest.WriteAnswer(number, told, [], answer);

                default:
                    return Refused;
            }
        }
    }

    public void Dispose()
    {
        lock (_turn)
            Close();
    }

    private RecorderOutcome Find(DnsName domain, out DomainMemory? memory)
    {
        DomainMemory? found = null;
        bool done = Use(file => file.Domains.Find(domain, out found));
        memory = found;
        if (!done)
            return RecorderOutcome.Away;
        return found is null ? RecorderOutcome.Unknown : RecorderOutcome.Known;
    }

    private RecorderOutcome Forget(DnsName domain)
    {
        bool was = false;
        if (!Use(file => file.Domains.Forget(domain, out was), writes: true))
            return RecorderOutcome.Away;
        return was ? RecorderOutcome.Known : RecorderOutcome.Unknown;
    }

    private RecorderOutcome Due(out ImmutableArray<ReportAbout> due)
    {
        ImmutableArray<ReportAbout> found = [];
        bool done = _cabinet is null || Use(file => ReportCabinet.Due(file, clock(), out found));
        due = found;
        if (!done)
            return RecorderOutcome.Away;
        return found.IsEmpty ? RecorderOutcome.Unknown : RecorderOutcome.Known;
    }

    private RecorderOutcome Claim(ReportAbout about, out (TlsReport Report, ImmutableArray<string> Taken, bool IsLast)? claim)
    {
        (TlsReport, ImmutableArray<string>, bool)? found = null;
        bool done;
        lock (_turn)
            done = _cabinet is not { } cabinet || Use(file => cabinet.Claim(file, about, clock(), out found), writes: true);
        claim = done ? found : null;
        if (!done)
            return RecorderOutcome.Away;
        return found is null ? RecorderOutcome.Unknown : RecorderOutcome.Known;
    }

    private RecorderOutcome Sent(SentMessage sent)
    {
        bool written = false;
        if (_cabinet is not { } cabinet || !Use(file => cabinet.Sent(file, sent, clock(), out written), writes: true))
            return RecorderOutcome.Away;
        return written ? RecorderOutcome.Known : RecorderOutcome.Unknown;
    }

    /// <summary>By our own clock: no day is counted that is not today.</summary>
    private void Count(ReportedPolicy policy, SessionFailure? failure)
    {
        ReportDay today = ReportDay.Of(clock());
        if (_day != today)
        {
            var oldest = new ReportDay(today.Date.AddDays(-SessionTable.KeptDays));
            if (Use(file => file.Sessions.Forget(oldest) ?? file.Reports.Forget(oldest), writes: true))
                _day = today;
        }

        _ = Use(file => file.Sessions.Count(today, policy, failure), writes: true);
    }

    /// <summary>False when the file could not do it, which was told.</summary>
    private bool Use(Func<StoreFile, StoreFault?> what, bool writes = false)
    {
        if ((_file ?? Open()) is not { } file)
            return false;
        StoreFault? failed = what(file);
        TellOfRoom(file);
        if (failed is not { } fault)
        {
            if (writes)
                Over();
            return true;
        }

        Tell(fault.Outcome, fault.Text);

        // Busy and full pass by themselves. After anything else it is opened anew, which looks at it; what is damaged is put aside then.
        if (fault.Outcome is not (SqliteOutcome.Busy or SqliteOutcome.Full))
        {
            Close();
            _nextTry = fault.Outcome == SqliteOutcome.Damaged ? DateTimeOffset.MinValue : clock() + RetryAfter;
            if (fault.Outcome == SqliteOutcome.Damaged)
                _ = Open(wasDamaged: true);
        }

        return false;
    }

    private StoreFile? Open(bool wasDamaged = false)
    {
        DateTimeOffset now = clock();

        // The clock may have been set back by years.
        if (now < _nextTry && _nextTry - now <= RetryAfter)
            return null;
        _file = StoreFile.OpenOrBegin(directory, out string putAside, out StoreFault? fault, wasDamaged);
        _roomsMade = 0;
        if (putAside.Length > 0)
            alarm(putAside);
        if (fault is not null)
        {
            _nextTry = now + RetryAfter;
            Tell(fault.Outcome, fault.Text);
        }

        return _file;
    }

    private void Close()
    {
        _file?.Dispose();
        _file = null;
    }

    private void Tell(SqliteOutcome trouble, string text)
    {
        DateTimeOffset now = clock();
        if (_trouble == trouble && now >= _told && now - _told < TellAgainAfter)
            return;
        _trouble = trouble;
        _told = now;
        alarm($"{text}; until it is over, what is learned of domains does not outlive a restart, and sessions are missing in reports");
    }

    private void TellOfRoom(StoreFile file)
    {
        DateTimeOffset now = clock();
        bool isNew = file.RoomsMade != _roomsMade;
        _roomsMade = file.RoomsMade;
        if (!isNew || (now >= _roomsTold && now - _roomsTold < TellAgainAfter))
            return;
        _roomsTold = now;
        alarm($"{Path.Combine(directory, StoreFile.Name)} has reached its bound: the oldest sessions, or those with the longest policies, were deleted, and are missing in reports");
    }

    private void Over()
    {
        if (_trouble is null)
            return;
        _trouble = null;
        alarm($"{Path.Combine(directory, StoreFile.Name)} is written again");
    }
}
