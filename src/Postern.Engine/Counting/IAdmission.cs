using Postern.Engine.Gates;
using Postern.Interop.LibC;

namespace Postern.Engine.Counting;

/// <summary>Who knows how many connections a gate and a client may have, and have.</summary>
public interface IAdmission
{
    /// <summary>Null when the client is let in, and counted until <see cref="Leave"/>; else the limit that is reached.</summary>
    string? Admit(Gate gate, Endpoint client);

    void Leave(Gate gate, Endpoint client);
}

/// <summary>Limits over all workers, by the scoreboard (S11).</summary>
/// <param name="scoreboard">Shared by all workers.</param>
/// <param name="slot">This worker's own.</param>
public sealed class ScoreboardAdmission(Scoreboard scoreboard, int slot) : IAdmission
{
    public string? Admit(Gate gate, Endpoint client)
    {
        ArgumentNullException.ThrowIfNull(gate);
        if (scoreboard.Live(gate.Row) > gate.MaxConnections)
            return "max-connections";

        bool counted = client.Family != EndpointFamily.None;
        if (counted && scoreboard.LiveOfClient(client.ClientKey, gate.Row) >= gate.MaxConnectionsPerClient)
            return "max-connections-per-client";

        scoreboard.Clients(slot).Add(client.ClientKey, gate.Row, +1);
        return null;
    }

    public void Leave(Gate gate, Endpoint client)
    {
        ArgumentNullException.ThrowIfNull(gate);
        scoreboard.Clients(slot).Add(client.ClientKey, gate.Row, -1);
    }
}
