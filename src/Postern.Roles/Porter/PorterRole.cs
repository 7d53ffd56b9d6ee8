using System.Collections.Immutable;
using Postern.Configuration;
using Postern.Engine;
using Postern.Engine.Listening;
using Postern.Interop.LibC;
using Postern.Roles.Ipc;
using Postern.Roles.Sandbox;
using Postern.Roles.Worker;

namespace Postern.Roles.Porter;

/// <summary>
/// The porter: lets connections in and gives each a room of its own (isolation = "connection").
/// <para>Purpose: that limits, counts and the log hold over all rooms, and that a room gets its own gate's keys and backends only.</para>
/// <para>Trust: none in what a room says; it is counted, bounded and checked (RoomProcess has the table).</para>
/// <para>Privilege: a worker's, less: it reads no byte of a client. Of backends it reads what they offer in the clear, for gates with optional TLS.</para>
/// <para>Failure: no connection is let in until the supervisor has started another; rooms go on, uncounted and unwritten.</para>
/// </summary>
public static class PorterRole
{
    public const string Name = "porter";

    private const int Services = 3;

    /// <summary>Descriptors that are no room's: listeners, services, one connection on its way.</summary>
    private const int OtherDescriptors = 128;

    public static int Run(Launched launched)
    {
        var channel = new Channel(Channel.InheritedFd);
        if (Handover.Receive(channel, Services, Services, out string problem) is not { } handover)
            return problem.Length > 0 ? RoleStart.Fail(channel, problem) : 1;

        long descriptors = Privilege.RaiseDescriptorLimit();
        var dialer = new DialerLink(handover.Services[1]);
        using var thread = new EngineThread(handover.Scoreboard, handover.Slot, handover.LogFd, handover.LogFormat, descriptors)
        {
            Dialer = dialer,
            HasSiblings = handover.Snapshot.Server.Workers > 1,
        };
        ImmutableArray<Engine.Gates.Gate> gates = GateFactory.WithoutTls(handover.Snapshot);
        dialer.Join(thread.Reactor);
        thread.LearnExtensions(gates);
        var porter = new Porter(
            thread, new SigningErrands(thread.Reactor, handover.Services[0]), handover.Services[2], KeysOf(handover.Snapshot), Math.Max(1, descriptors - OtherDescriptors));
        _ = new SupervisorLink(
            thread,
            channel,
            [.. handover.Listeners.Select(listener => new Listener(thread, porter, gates[listener.Gate], listener.Fd))],
            new Dictionary<MessageKind, Action<int>>
            {
                [MessageKind.Keys] = porter.KeyAgentIsBack,
                [MessageKind.Dialer] = dialer.Replace,
                [MessageKind.Nursery] = porter.NurseryIsBack,
            },
            porter.Drain);
        if (RoleSandbox.Enter(RoleList.Porter, launched, out string open) is { } refusal)
            return RoleStart.Fail(channel, refusal);
        if (!RoleStart.Ready(channel, open))
            return 1;

        porter.Refill();
        thread.Reactor.Run();
        thread.Log.Failures.Say();
        thread.Log.Flush();
        return 0;
    }

    /// <summary>For each gate, the numbers of the keys of its certificates.</summary>
    private static ImmutableArray<ImmutableHashSet<int>> KeysOf(Snapshot snapshot)
    {
        Dictionary<string, int> numbers = snapshot.Certificates.Select((certificate, number) => (certificate.Name, number)).ToDictionary(numbered => numbered.Name, numbered => numbered.number, StringComparer.Ordinal);
        return
        [
            .. snapshot.Gates.Select(gate => gate.Settings.Certificates
                .Concat(gate.Settings.Routes.SelectMany(route => route.Certificates))
                .Select(name => numbers[name])
                .ToImmutableHashSet()),
        ];
    }
}
