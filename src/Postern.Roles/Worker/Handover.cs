using Postern.Configuration;
using Postern.Configuration.Settings;
using Postern.Engine.Counting;
using Postern.Engine.Logging;
using Postern.Interop.LibC;
using Postern.Roles.Ipc;

namespace Postern.Roles.Worker;

/// <summary>What the supervisor hands a worker or a porter at its start (docs/protocol/roles.md): all that it will ever have.</summary>
internal sealed class Handover
{
    /// <summary>A snapshot with a few hundred certificates is well below.</summary>
    private const int MaxSnapshot = 64 * 1024 * 1024;

    private const int BeforeServices = 4;

    private readonly List<(int Fd, int Gate)> _listeners = [];

    private Handover(Snapshot snapshot, Scoreboard scoreboard, int slot, int logFd, int[] services)
    {
        Snapshot = snapshot;
        Scoreboard = scoreboard;
        Slot = slot;
        LogFd = logFd;
        Services = services;
    }

    public Snapshot Snapshot { get; }

    /// <summary>With our own slot to write to, and the others to read.</summary>
    public Scoreboard Scoreboard { get; }

    public int Slot { get; }

    public int LogFd { get; }

    /// <summary>The ways to the generation's services, in the order of Generation.Services.</summary>
    public IReadOnlyList<int> Services { get; }

    public IReadOnlyList<(int Fd, int Gate)> Listeners => _listeners;

    public LogFormat LogFormat => Snapshot.Server.Log switch
    {
        LogTarget.Json => LogFormat.Json,
        LogTarget.Journal => LogFormat.Journal,
        _ => LogFormat.Plain,
    };

    /// <summary>Reads everything up to Go. Null, and why where there is somebody to tell, when the supervisor has gone or sends something else.</summary>
    /// <param name="channel">To the supervisor.</param>
    /// <param name="least">Services that it needs.</param>
    /// <param name="most">Services that it knows.</param>
    /// <param name="problem">Empty when there is nobody to tell.</param>
    public static Handover? Receive(Channel channel, int least, int most, out string problem)
    {
        problem = "";
        if (channel.Receive(out int[] descriptors) is not { Kind: MessageKind.Setup } setup
            || descriptors.Length < BeforeServices + least || descriptors.Length > BeforeServices + most)
        {
            return null;
        }

        if (ReadSnapshot(descriptors[0]) is not { } snapshot)
        {
            problem = "the snapshot cannot be read";
            return null;
        }

        var scoreboard = Scoreboard.Map(descriptors[1]);
        Descriptor.Close(descriptors[1]);
        scoreboard.Know(setup.Number, descriptors[2], own: true);
        ClientCounts.Seed(setup.Seed);
        var handover = new Handover(snapshot, scoreboard, setup.Number, descriptors[3], descriptors[BeforeServices..]);
        while (channel.Receive(out descriptors) is { } message)
        {
            if (message.Kind == MessageKind.Listeners)
                handover._listeners.AddRange(descriptors.Select((fd, i) => (fd, message.Numbers[i])));
            else if (message.Kind == MessageKind.Slots)
                SupervisorLink.Know(scoreboard, message, descriptors);
            else
                return message.Kind == MessageKind.Go ? handover : null;
        }

        return null;
    }

    /// <summary>Null when it cannot be read; the descriptor is closed.</summary>
    public static Snapshot? ReadSnapshot(int fd)
    {
        byte[]? bytes = Descriptor.ReadWhole(fd, MaxSnapshot);
        Descriptor.Close(fd);
        return bytes is null ? null : Snapshot.Read(bytes);
    }
}
