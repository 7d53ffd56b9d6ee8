using Postern.Engine;
using Postern.Engine.Listening;
using Postern.Interop.LibC;
using Postern.Interop.LibSsl.Keys;
using Postern.Roles.Ipc;
using Postern.Roles.Sandbox;

namespace Postern.Roles.Worker;

/// <summary>
/// The worker: reads hostile bytes, speaks STARTTLS and TLS, relays.
/// <para>Purpose: drive the connections of one thread, from accept to close.</para>
/// <para>Trust: none in what clients send; all in the snapshot, which the supervisor has validated.</para>
/// <para>Privilege: an ordinary user; the listeners that it was handed; no private key, which the key agent has; no socket of its own, which the dialer makes.</para>
/// <para>Failure: its own connections are lost, the supervisor starts another; the other workers do not notice.</para>
/// </summary>
public static class WorkerRole
{
    public const string Name = "worker";

    /// <summary>A key agent and a dialer.</summary>
    private const int LeastServices = 2;

    /// <summary>Where mail or streams go out to the world, or DANE proves a backend, a resolver, too.</summary>
    private const int MostServices = 3;

    public static int Run(Launched launched)
    {
        // Never closed by us: that it ends is how the supervisor learns that the process has.
        var channel = new Channel(Channel.InheritedFd);
        if (Handover.Receive(channel, LeastServices, MostServices, out string problem) is not { } handover)
            return problem.Length > 0 ? RoleStart.Fail(channel, problem) : 1;

        var keys = new KeyAgentLink(handover.Services[0]);
        var dialer = new DialerLink(handover.Services[1]);
        ResolverLink? resolver = handover.Services.Count > LeastServices ? new ResolverLink(handover.Services[LeastServices]) : null;
        using var thread = new EngineThread(handover.Scoreboard, handover.Slot, handover.LogFd, handover.LogFormat, Privilege.RaiseDescriptorLimit())
        {
            Dialer = dialer,
            Router = resolver,
            Demands = resolver,
            Services = resolver,
            HasSiblings = handover.Snapshot.Server.Workers > 1,
        };

        problem = KeyProvider.Load(keys);
        if (problem.Length > 0)
            return RoleStart.Fail(channel, "OpenSSL does not take the key provider: " + problem);
        if (GateFactory.Build(handover.Snapshot, keys, out problem) is not { } gates)
            return RoleStart.Fail(channel, problem);

        dialer.Join(thread.Reactor);
        resolver?.Join(thread.Reactor);
        thread.LearnExtensions(gates);
        TicketSweep.Start(thread.Reactor, gates);
        _ = new SupervisorLink(
            thread,
            channel,
            [.. handover.Listeners.Select(listener => new Listener(thread, gates[listener.Gate], listener.Fd))],
            Successors(keys, dialer, resolver),
            () => Drain(thread));
        if (RoleSandbox.Enter(RoleList.Worker, launched, out string open) is { } refusal)
            return RoleStart.Fail(channel, refusal);
        if (!RoleStart.Ready(channel, open))
            return 1;

        thread.Reactor.Run();
        thread.Log.Failures.Say();
        thread.Log.Flush();
        return 0;
    }

    private static Dictionary<MessageKind, Action<int>> Successors(KeyAgentLink keys, DialerLink dialer, ResolverLink? resolver)
    {
        Dictionary<MessageKind, Action<int>> successors = new() { [MessageKind.Keys] = keys.Replace, [MessageKind.Dialer] = dialer.Replace };
        if (resolver is not null)
            successors.Add(MessageKind.Resolver, resolver.Replace);
        return successors;
    }

    private static void Drain(EngineThread thread)
    {
        thread.Drained = thread.Reactor.Stop;
        if (thread.Live == 0)
            thread.Reactor.Stop();
    }
}
