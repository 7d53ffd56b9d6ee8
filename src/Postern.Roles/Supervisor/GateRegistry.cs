using System.Collections.Immutable;
using System.Security.Cryptography;
using Postern.Configuration;
using Postern.Engine.Counting;

namespace Postern.Roles.Supervisor;

/// <summary>
/// What a gate keeps over reloads, by its name: its row in the scoreboard, and the secret of its session tickets, so
/// that clients resume across generations.
/// </summary>
internal sealed class GateRegistry
{
    private const int SecretLength = 32;

    private readonly Dictionary<string, (int Row, byte[] Secret)> _gates = new(StringComparer.Ordinal);

    public IEnumerable<(string Name, int Row)> Known => _gates.Select(gate => (gate.Key, gate.Value.Row));

    /// <summary>Null when more gates have come and gone than there are rows.</summary>
    public Snapshot? Assign(Snapshot snapshot)
    {
        foreach (LoadedGate gate in snapshot.Gates)
        {
            if (_gates.ContainsKey(gate.Settings.Name))
                continue;
            if (_gates.Count == Scoreboard.Gates)
                return null;
            _gates.Add(gate.Settings.Name, (_gates.Count, RandomNumberGenerator.GetBytes(SecretLength)));
        }

        return snapshot with
        {
            Gates = snapshot.Gates.Select(gate => gate with
            {
                Row = _gates[gate.Settings.Name].Row,
                TicketSecret = _gates[gate.Settings.Name].Secret,
            }).ToImmutableArray(),
        };
    }
}
