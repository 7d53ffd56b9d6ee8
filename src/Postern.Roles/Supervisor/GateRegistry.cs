using Postern.Configuration;
using Postern.Engine.Counting;

namespace Postern.Roles.Supervisor;

/// <summary>What a gate keeps over reloads, by its name: its row in the scoreboard.</summary>
internal sealed class GateRegistry
{
    private readonly Dictionary<string, int> _gates = new(StringComparer.Ordinal);

    public IEnumerable<(string Name, int Row)> Known => _gates.Select(gate => (gate.Key, gate.Value));

    /// <summary>
    /// Null when more gates have come and gone than there are rows. <paramref name="added"/> names those that were not
    /// known, for <see cref="Forget"/> should the snapshot not take effect.
    /// </summary>
    public Snapshot? Assign(Snapshot snapshot, out IReadOnlyList<string> added)
    {
        List<string> fresh = [];
        added = fresh;
        foreach (LoadedGate gate in snapshot.Gates)
        {
            if (_gates.ContainsKey(gate.Settings.Name))
                continue;
            if (FreeRow() is not { } row)
            {
                Forget(fresh);
                added = [];
                return null;
            }

            _gates.Add(gate.Settings.Name, row);
            fresh.Add(gate.Settings.Name);
        }

        return snapshot with
        {
            Gates = [.. snapshot.Gates.Select(gate => gate with { Row = _gates[gate.Settings.Name] })],
        };
    }

    /// <summary>These never accepted a connection: their rows are as new.</summary>
    public void Forget(IEnumerable<string> names)
    {
        foreach (string name in names)
            _ = _gates.Remove(name);
    }

    private int? FreeRow()
    {
        HashSet<int> taken = [.. _gates.Values];
        int row = Enumerable.Range(0, Scoreboard.Gates).FirstOrDefault(candidate => !taken.Contains(candidate), -1);
        return row < 0 ? null : row;
    }
}
