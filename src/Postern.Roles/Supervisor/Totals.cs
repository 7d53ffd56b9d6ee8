using System.Collections.Immutable;
using Postern.Engine.Connections;
using Postern.Engine.Counting;

namespace Postern.Roles.Supervisor;

/// <summary>Totals of each gate since the supervisor started: those of living workers, and what dead ones left.</summary>
internal sealed class Totals(Scoreboard scoreboard)
{
    private readonly Dictionary<int, GateTotals> _left = [];

    /// <summary>Keeps a dead worker's totals and gives its slot back.</summary>
    public void Retire(int slot, IEnumerable<int> rows)
    {
        foreach (int row in rows)
        {
            if (!_left.TryGetValue(row, out GateTotals? left))
                _left.Add(row, left = new GateTotals());
            left.Add(scoreboard.Row(slot, row));
            left.Live = 0;
        }

        scoreboard.Release(slot);
    }

    public GateTotals Of(int row)
    {
        var sum = new GateTotals();
        if (_left.TryGetValue(row, out GateTotals? left))
            sum.Add(left);
        for (int slot = 0; slot < Scoreboard.Slots; slot++)
        {
            if (scoreboard.InUse(slot))
                sum.Add(scoreboard.Row(slot, row));
        }

        return sum;
    }
}

/// <summary>The sums of one gate.</summary>
internal sealed class GateTotals
{
    private readonly long[] _stages = new long[StageNames.Count];
    private readonly long[] _outcomes = new long[OutcomeNames.Count];

    public long Live { get; set; }

    public long Accepted { get; private set; }

    public long BytesFromClients { get; private set; }

    public long BytesToClients { get; private set; }

    public ImmutableDictionary<string, long> Stages =>
        Enum.GetValues<Stage>().Where(stage => _stages[(int)stage] > 0)
            .ToImmutableDictionary(StageNames.Of, stage => _stages[(int)stage]);

    public ImmutableDictionary<string, long> Outcomes =>
        Enum.GetValues<Outcome>().Where(outcome => _outcomes[(int)outcome] > 0)
            .ToImmutableDictionary(OutcomeNames.Of, outcome => _outcomes[(int)outcome]);

    public void Add(Scoreboard.GateRow row)
    {
        Live += row.Live;
        Accepted += row.Accepted;
        BytesFromClients += row.BytesFromClients;
        BytesToClients += row.BytesToClients;
        for (int i = 0; i < _stages.Length; i++)
            _stages[i] += row.Stage((Stage)i);
        for (int i = 0; i < _outcomes.Length; i++)
            _outcomes[i] += row.Outcome((Outcome)i);
    }

    public void Add(GateTotals other)
    {
        Live += other.Live;
        Accepted += other.Accepted;
        BytesFromClients += other.BytesFromClients;
        BytesToClients += other.BytesToClients;
        for (int i = 0; i < _stages.Length; i++)
            _stages[i] += other._stages[i];
        for (int i = 0; i < _outcomes.Length; i++)
            _outcomes[i] += other._outcomes[i];
    }
}
