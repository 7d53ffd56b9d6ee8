using System.Collections.Immutable;
using Postern.Engine;
using Postern.Engine.Counting;
using Postern.Engine.Gates;
using Postern.Engine.Logging;
using Postern.Interop.LibC;

namespace Postern.Roles.Room;

/// <summary>
/// A room: one connection, from its first byte to its last, and then no more (isolation = "connection").
/// <para>Purpose: that who breaks TLS, or the dialogue before it, has broken into his own connection.</para>
/// <para>Trust: none in what its client sends; the porter's answers.</para>
/// <para>Privilege: a worker's, less: it accepts nothing, knows no ticket key, and gets one signature, for its gate's keys, and its gate's backends.</para>
/// <para>Failure: its connection is lost; the porter writes that down.</para>
/// </summary>
internal static class RoomRole
{
    /// <summary>
    /// All that a room works with, made once, in the nursery: what nobody writes to costs no room a page. Nothing is watched yet.
    /// </summary>
    public static EngineThread Prepare(PorterLink link)
    {
        var thread = new EngineThread(Scoreboard.Alone(), 0, -1, LogFormat.Plain, long.MaxValue)
        {
            Admission = link,
            Records = link,
            Dialer = link,
            LearnsExtensions = false,

            // After a fork that is memory of this process alone, which a handshake has used once and nothing will use again.
            Settled = PrivateMemory.Trim,
        };
        thread.Drained = thread.Reactor.Stop;
        return thread;
    }

    /// <summary>Runs in a child of the nursery, and never returns into what the nursery was doing.</summary>
    /// <param name="thread">As <see cref="Prepare"/> made it; shared with the nursery, like the gates, until written to.</param>
    /// <param name="gates">Made by the nursery.</param>
    /// <param name="link">The key provider has it already.</param>
    /// <param name="fd">This room's end of its way to the porter.</param>
    /// <param name="filter">The system calls that a room may make; empty where the nursery has no filter either.</param>
    public static void Run(EngineThread thread, ImmutableArray<Gate> gates, PorterLink link, int fd, ImmutableArray<FilterInstruction> filter)
    {
        // What else the nursery has open is not the room's.
        if (Descriptor.MoveAndCloseOthers(fd, PorterLink.Fd) < 0)
            ChildProcess.Leave(1);

        thread.Reactor.BeginAfterFork();
        if (!filter.IsEmpty && Seccomp.Install(filter.AsSpan()) < 0)
            ChildProcess.Leave(1);
#if POSTERN_PROBE
        Probe.SandboxProbe.Room();
#endif
        if (link.AwaitConnection(out int client) is { } assignment && assignment.Gate < gates.Length)
        {
            Gate gate = gates[assignment.Gate];
            if (!assignment.Extensions.IsEmpty)
                gate.Front = gate.Front with { PlainExtensions = assignment.Extensions };

            // The room may have waited for longer than a handshake may take.
            thread.Reactor.LookAtClock();
            thread.Take(gate, client, assignment.Client);
            if (thread.Live > 0)
                thread.Reactor.Run();
        }

        ChildProcess.Leave(0);
    }
}
