using System.Collections.Immutable;
using Postern.Interop.LibC;
using Postern.Policy.TlsRpt;

namespace Postern.Roles.Recorder;

/// <summary>Whoever keeps what reports are made of.</summary>
public interface IReportStore
{
    /// <summary>Those that are to be sent now; none also when that cannot be known.</summary>
    ImmutableArray<ReportAbout> Due();

    /// <summary>Begins to send one. Null: somebody else does, or it is not there, or cannot be had now.</summary>
    ClaimedReport? Claim(ReportAbout about);

    /// <summary>False when it was not written down.</summary>
    bool Tell(SentMessage sent);

    /// <summary>The last question had no answer, or that the file cannot be used: the next one would not fare better now.</summary>
    bool IsAway { get; }
}

/// <summary>
/// The resolver's other way to the recorder, for reports: they take longer than a decision may, which so does not wait behind one.
/// For one thread that asks, and another that replaces it.
/// </summary>
public sealed class ReportLink : IReportStore
{
    /// <summary>A claim reads and packs some megabytes at the most.</summary>
    private const int PatienceMilliseconds = 20_000;

    private readonly RecorderWay _recorder = new(PatienceMilliseconds);
    private int _successor = -1;

    public bool IsAway { get; private set; }

    /// <summary>The recorder died, and this leads to its successor. Whoever asks just now is not waited for.</summary>
    public void Replace(int successor)
    {
        int passedOver = Interlocked.Exchange(ref _successor, successor);
        if (passedOver >= 0)
            Descriptor.Close(passedOver);
    }

    public ImmutableArray<ReportAbout> Due() =>
        Ask(RecorderKind.Due, [], out ReadOnlySpan<byte> body) ? ReportMessage.ReadDue(body) : [];

    public ClaimedReport? Claim(ReportAbout about) =>
        Ask(RecorderKind.Claim, ReportMessage.Write(about), out ReadOnlySpan<byte> body) ? ReportMessage.ReadClaimed(body) : null;

    public bool Tell(SentMessage sent) => Ask(RecorderKind.Sent, ReportMessage.Write(sent), out _);

    private bool Ask(RecorderKind kind, ReadOnlySpan<byte> request, out ReadOnlySpan<byte> body)
    {
        int successor = Interlocked.Exchange(ref _successor, -1);
        if (successor >= 0)
            _recorder.Replace(successor);
        RecorderOutcome? outcome = _recorder.Ask(kind, request, out ReadOnlyMemory<byte> answer);
        body = answer.Span;
        IsAway = outcome is null or RecorderOutcome.Away;
        return outcome == RecorderOutcome.Known;
    }
}
