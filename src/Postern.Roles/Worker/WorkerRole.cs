using System.Collections.Immutable;
using Postern.Configuration;
using Postern.Configuration.Settings;
using Postern.Engine;
using Postern.Engine.Counting;
using Postern.Engine.Gates;
using Postern.Engine.Listening;
using Postern.Engine.Logging;
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

    /// <summary>A snapshot with a few hundred certificates is well below.</summary>
    private const int MaxSnapshot = 64 * 1024 * 1024;

    public static int Run()
    {
        Privilege.IgnoreGroupSignals();

        // Never closed by us: that it ends is how the supervisor learns that the process has.
        var channel = new Channel(Channel.InheritedFd);
        if (channel.Receive(out int[] descriptors) is not { Kind: MessageKind.Setup } setup || descriptors.Length != 6)
            return 1;

        byte[]? json = Descriptor.ReadWhole(descriptors[0], MaxSnapshot);
        Descriptor.Close(descriptors[0]);
        if (json is null)
            return RoleStart.Fail(channel, "the snapshot cannot be read");

        Snapshot snapshot = Snapshot.Read(json);
        var scoreboard = Scoreboard.Map(descriptors[1]);
        Descriptor.Close(descriptors[1]);
        scoreboard.Know(setup.Number, descriptors[2], own: true);
        var keys = new KeyAgentLink(descriptors[4]);
        var dialer = new DialerLink(descriptors[5]);
        ClientCounts.Seed(setup.Seed);
        using var thread = new EngineThread(
            scoreboard, setup.Number, descriptors[3], FormatOf(snapshot.Server.Log), Privilege.RaiseDescriptorLimit())
        {
            Dialer = dialer,
            HasSiblings = snapshot.Server.Workers > 1,
        };

        string? problem = RoleStart.DropPrivilege(snapshot.Server.User);
        if (problem is not null)
            return RoleStart.Fail(channel, problem);
        problem = KeyProvider.Load(keys);
        if (problem.Length > 0)
            return RoleStart.Fail(channel, "OpenSSL does not take the key provider: " + problem);
        if (GateFactory.Build(snapshot, keys, out problem) is not { } gates)
            return RoleStart.Fail(channel, problem);

        List<Listener> listeners = [];
        while (channel.Receive(out descriptors) is { } message)
        {
            if (message.Kind == MessageKind.Listeners)
            {
                listeners.AddRange(descriptors.Select((fd, i) => new Listener(thread, gates[message.Numbers[i]], fd)));
                continue;
            }

            if (message.Kind == MessageKind.Slots)
            {
                SupervisorLink.Know(scoreboard, message, descriptors);
                continue;
            }

            return message.Kind == MessageKind.Go ? Serve(thread, channel, keys, dialer, gates, listeners) : 1;
        }

        return 1;
    }

    private static int Serve(
        EngineThread thread, Channel channel, KeyAgentLink keys, DialerLink dialer, ImmutableArray<Gate> gates, List<Listener> listeners)
    {
        thread.LearnExtensions(gates);
        TicketSweep.Start(thread.Reactor, gates);
        _ = new SupervisorLink(thread, channel, keys, dialer, listeners);
        if (!channel.Send(new Message(MessageKind.Ready) { Text = RoleSandbox.Enter("worker", RoleCalls.Worker) }))
            return 1;

        thread.Reactor.Run();
        thread.Log.Failures.Say();
        thread.Log.Flush();
        return 0;
    }

    private static LogFormat FormatOf(LogTarget target) => target switch
    {
        LogTarget.Json => LogFormat.Json,
        LogTarget.Journal => LogFormat.Journal,
        _ => LogFormat.Plain,
    };
}
