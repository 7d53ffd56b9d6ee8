using Postern.Engine.Gates;
using Postern.Interop.LibC;

namespace Postern.Roles.Porter;

/// <summary>A connection as the porter sees it: who knocked where. It never reads a byte of it.</summary>
internal sealed class Visit(Gate gate, int fd, Endpoint client, long now)
{
    public Gate Gate { get; } = gate;

    /// <summary>−1 once it has been handed over: nobody but the room has it then.</summary>
    public int Fd { get; set; } = fd;

    /// <summary>Where the connection came from, or whom a trusted network's PROXY header names.</summary>
    public Endpoint Client { get; set; } = client;

    public long Since { get; } = now;

    /// <summary>Waits for the room to read the PROXY header of a trusted network.</summary>
    public bool AwaitsHeader { get; set; }

    /// <summary>It counts for the limits of its client, and has to be counted out.</summary>
    public bool Admitted { get; set; }

    /// <summary>The limit for which it is only told to come again; empty when it is let in.</summary>
    public string Shed { get; set; } = "";

    /// <summary>Null when none was dialled.</summary>
    public string? Backend { get; set; }
}
