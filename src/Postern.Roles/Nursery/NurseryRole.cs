using System.Collections.Immutable;
using Postern.Configuration;
using Postern.Engine;
using Postern.Engine.Gates;
using Postern.Engine.Loop;
using Postern.Interop.LibC;
using Postern.Interop.LibSsl;
using Postern.Interop.LibSsl.Keys;
using Postern.Roles.Ipc;
using Postern.Roles.Room;
using Postern.Roles.Sandbox;
using Postern.Roles.Worker;

namespace Postern.Roles.Nursery;

/// <summary>
/// The nursery: has everything ready that a room needs, and forks rooms (isolation = "connection").
/// <para>Purpose: a process for each connection at the price of a fork, not of a start (docs/adr/0017-rooms.md).</para>
/// <para>Trust: the supervisor and the porter. It reads no byte of a client, and holds no client's descriptor, ever.</para>
/// <para>Privilege: a worker's, and fork; no listener, no key, no ticket key, no way to the key agent or the dialer.</para>
/// <para>Failure: the rooms that are there go on; the supervisor starts the next nursery.</para>
/// </summary>
public static class NurseryRole
{
    public const string Name = "nursery";

    public static int Run(Launched launched)
    {
        var channel = new Channel(Channel.InheritedFd);
        if (channel.Receive(out int[] descriptors) is not { Kind: MessageKind.Setup } || descriptors.Length != 1)
            return 1;

        if (Handover.ReadSnapshot(descriptors[0]) is not { } snapshot)
            return RoleStart.Fail(channel, "the snapshot cannot be read");

        var link = new PorterLink();
        string problem = KeyProvider.Load(link);
        if (problem.Length > 0)
            return RoleStart.Fail(channel, "OpenSSL does not take the key provider: " + problem);
        if (GateFactory.WithoutTickets(snapshot, out problem) is not { } gates)
            return RoleStart.Fail(channel, problem);

        EngineThread room = RoomRole.Prepare(link);
        Rehearsal.Hold(gates, room.Wire);
        PrivateMemory.Trim();
        Fork.FillHoles();
        using var reactor = new Reactor();
        if (RoleSandbox.Enter(RoleList.Nursery, launched, out string open) is { } refusal)
            return RoleStart.Fail(channel, refusal);

        // A kernel without filters has none for rooms either, and the notice says so; with one, no room goes without its own.
        ImmutableArray<FilterInstruction> filter = open.Contains(Layers.Seccomp, StringComparison.Ordinal) || Layers.Lacks(Layers.RoomFilter)
            ? []
            : SeccompProgram.Compile(RoleCalls.Room, Seccomp.IsArm64, 0);
        _ = new Entrance(reactor, channel, fd => _ = new Nursery(reactor, fd, room, gates, link, filter));
        if (!channel.Send(new Message(MessageKind.Ready) { Text = open }))
            return 1;

        reactor.Run();
        return 0;
    }

    /// <summary>Porters come from the supervisor; without it there is nobody to fork for.</summary>
    private sealed class Entrance : PollTarget
    {
        private readonly Reactor _reactor;
        private readonly Channel _channel;
        private readonly Action<int> _porter;
        private bool _hasPorter;

        public Entrance(Reactor reactor, Channel channel, Action<int> porter)
        {
            _reactor = reactor;
            _channel = channel;
            _porter = porter;
            reactor.Add(this);
            _ = reactor.Watch(channel.Fd, this, 0, PollEvents.In);
        }

        protected override void OnEvents(int which, PollEvents events)
        {
            if (_channel.Receive(out int[] descriptors) is not { Kind: MessageKind.Client })
            {
                // A draining porter still needs rooms for those that wait: its own end of the way says when it does not.
                // Without one, since it died and no other had started, none will come.
                _reactor.Forget(_channel.Fd);
                if (!_hasPorter)
                    _reactor.Stop();
                return;
            }

            foreach (int fd in descriptors)
                _porter(fd);
            _hasPorter = true;
        }

        protected override void OnDeadline()
        {
            // None is set.
        }
    }
}
