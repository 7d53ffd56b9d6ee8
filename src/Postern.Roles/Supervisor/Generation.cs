using Postern.Configuration;
using Postern.Interop.LibC;

namespace Postern.Roles.Supervisor;

/// <summary>The workers of one snapshot, in their places. A place outlives the workers that die in it.</summary>
internal sealed class Generation(Snapshot snapshot, int snapshotFd, int keysFd, IReadOnlyList<(int Fd, int Gate)> listeners)
{
    public Snapshot Snapshot { get; } = snapshot;

    public int SnapshotFd { get; } = snapshotFd;

    /// <summary>The private keys: only a key agent gets it.</summary>
    public int KeysFd { get; } = keysFd;

    /// <summary>Null before the first, and between one that died and the next.</summary>
    public KeyAgentProcess? KeyAgent { get; set; }

    public Deaths KeyAgentDeaths { get; } = new();

    public IReadOnlyList<(int Fd, int Gate)> Listeners { get; } = listeners;

    public DateTimeOffset Since { get; } = DateTimeOffset.UtcNow;

    public Place[] Places { get; } = [.. Enumerable.Range(0, snapshot.Server.Workers).Select(_ => new Place())];

    public bool Draining { get; private set; }

    public bool AllReady => KeyAgent is { IsReady: true } && Places.All(place => place.Worker?.State == WorkerState.Ready);

    public bool Empty => Places.All(place => place.Worker is null);

    public Place? PlaceOf(WorkerProcess worker) => Array.Find(Places, place => ReferenceEquals(place.Worker, worker));

    public void Drain()
    {
        Draining = true;
        foreach (Place place in Places)
            place.Worker?.Drain();
    }

    public void Kill()
    {
        Draining = true;
        foreach (Place place in Places)
            place.Worker?.Kill();
    }

    /// <summary>The last worker has ended: its key agent is of no use any more.</summary>
    public void Close()
    {
        KeyAgent?.End();
        KeyAgent = null;
        Descriptor.Close(SnapshotFd);
        Descriptor.Close(KeysFd);
    }

    /// <summary>Where a worker works, and how often one had to be replaced.</summary>
    internal sealed class Place
    {
        public WorkerProcess? Worker { get; set; }

        public Deaths Deaths { get; } = new();
    }
}
