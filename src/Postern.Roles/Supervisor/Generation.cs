using Postern.Configuration;
using Postern.Configuration.Settings;
using Postern.Interop.LibC;
using Postern.Roles.Dialer;
using Postern.Roles.Ipc;
using Postern.Roles.KeyAgent;
using Postern.Roles.Nursery;
using Postern.Roles.Recorder;
using Postern.Roles.Resolver;
using Postern.Roles.Sandbox;

namespace Postern.Roles.Supervisor;

/// <summary>The workers of one snapshot, in their places. A place outlives the workers that die in it.</summary>
internal sealed class Generation(Snapshot snapshot, int snapshotFd, int keysFd, int backendsFd, int resolverFd, int recorderFd, IReadOnlyList<(int Fd, int Gate)> listeners)
{
    private const int MaxThreadsForPorter = 16;

    public Snapshot Snapshot { get; } = snapshot;

    public int SnapshotFd { get; } = snapshotFd;

    public Service KeyAgent { get; } = new(
        snapshot.HasTokens ? KeyAgentRole.NameWithToken : KeyAgentRole.Name, "key agent", keysFd, MessageKind.Keys, "handshakes fail")
    {
        // A porter asks for all of its rooms at once.
        ThreadsForEach = snapshot.Server.Isolation == Isolation.Connection ? Math.Clamp(Environment.ProcessorCount, 1, MaxThreadsForPorter) : 1,
    };

    public Service Dialer { get; } = new(DialerRole.Name, "dialer", backendsFd, MessageKind.Dialer, "no backend is reached");

    /// <summary>Null where connections share a worker.</summary>
    public Service? Nursery { get; } = snapshot.Server.Isolation != Isolation.Connection
        ? null
        : new(NurseryRole.Name, "nursery", Descriptor.Duplicate(snapshotFd), MessageKind.Nursery, "no connection gets a process") { Renews = true };

    /// <summary>Null where no mail goes out to the world and DANE proves no backend.</summary>
    public Service? Resolver { get; } = resolverFd < 0
        ? null
        : new(ResolverRole.Name, "resolver", resolverFd, MessageKind.Resolver, LossOf(snapshot)) { Remembers = true };

    /// <summary>Null where nothing is kept of it. The resolver asks it, and no worker does.</summary>
    public Service? Recorder { get; } = recorderFd < 0
        ? null
        : new(RecorderRole.Name, "recorder", recorderFd, MessageKind.Recorder, "what is learned of domains is remembered, and not kept,") { Ways = 2 };

    private static string LossOf(Snapshot snapshot)
    {
        List<string> waiting = [];
        if (snapshot.Gates.Any(gate => gate.Settings.SendsMail))
            waiting.Add("mail to the world");
        if (snapshot.Gates.Any(gate => gate.Settings.LeadsToServices))
            waiting.Add("streams to other XMPP servers");
        if (snapshot.Gates.Any(gate => gate.BackendTls is { IsDane: true }))
            waiting.Add("clients of backends that DANE proves");
        return waiting is ["mail to the world"] ? "mail to the world waits" : waiting is [var one] ? $"{one} wait" : string.Join(", and ", waiting) + ", wait";
    }

    /// <summary>In the order in which a worker is handed the ways to them.</summary>
    public IEnumerable<Service> ServicesOfWorkers => ((Service?[])[KeyAgent, Dialer, Nursery, Resolver]).OfType<Service>();

    public IEnumerable<Service> Services => Recorder is null ? ServicesOfWorkers : ServicesOfWorkers.Append(Recorder);

    /// <summary>What works in its places.</summary>
    public Role Worker => Nursery is null ? RoleList.Worker : RoleList.Porter;

    public IReadOnlyList<(int Fd, int Gate)> Listeners { get; } = listeners;

    public DateTimeOffset Since { get; } = DateTimeOffset.UtcNow;

    public Place[] Places { get; } = [.. Enumerable.Range(0, snapshot.Server.Workers).Select(_ => new Place())];

    public bool Draining { get; private set; }

    public bool AllReady => Services.All(service => service.Process is { IsReady: true }) && Places.All(place => place.Worker?.State == WorkerState.Ready);

    public bool Empty => Places.All(place => place.Worker is null);

    public Place? PlaceOf(WorkerProcess worker) => Array.Find(Places, place => ReferenceEquals(place.Worker, worker));

    /// <summary>It is in force.</summary>
    public void Accept()
    {
        foreach (Place place in Places)
            place.Worker?.Accept();
        Resolver?.Process?.Accept();
    }

    public void Drain()
    {
        Draining = true;
        Resolver?.Process?.Drain();
        foreach (Place place in Places)
            place.Worker?.Drain();
    }

    public void Kill()
    {
        Draining = true;
        foreach (Place place in Places)
            place.Worker?.Kill();

        // Rooms go on without their porter; those of a session are ended with it.
        if (Nursery?.Process is { } nursery)
            ChildProcess.KillGroup(nursery.Pid);
    }

    /// <summary>The last worker has ended: whoever served it is of no use any more.</summary>
    public void Close()
    {
        foreach (Service service in Services)
        {
            service.Process?.End();
            service.Process = null;
            Descriptor.Close(service.SetupFd);
        }

        Descriptor.Close(SnapshotFd);
    }

    /// <summary>Where a worker works, and how often one had to be replaced.</summary>
    internal sealed class Place
    {
        public WorkerProcess? Worker { get; set; }

        public Deaths Deaths { get; } = new();
    }
}
