using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Postern.Bench.Interop;
using Postern.Bench.Measuring;

namespace Postern.Bench.Peers;

/// <summary>A peer's processes, from the start to the last one's end.</summary>
internal sealed class RunningPeer : IDisposable
{
    private const int ReadyMilliseconds = 10_000;
    private const int EndMilliseconds = 3_000;
    private const int PollMilliseconds = 10;

    private readonly Process process;

    private RunningPeer(Process process, GatePlan plan)
    {
        this.process = process;
        Port = plan.Port;
        Tree = new ProcessTree(process.Id);
        PidFile.Add(plan.FileFor(PidFile.Name), process.Id);
    }

    internal int Port { get; }

    internal ProcessTree Tree { get; }

    /// <summary>Starts a peer on some processors (a list as taskset takes it) and waits until its port answers.</summary>
    internal static RunningPeer Start(Peer peer, GatePlan plan, string processors)
    {
        var command = peer.Configure(plan);
        var running = new RunningPeer(Launch(command, processors, "/dev/null"), plan);
        if (running.IsReady())
            return running;
        running.Dispose();

        // Once more, to hear what it has to say for itself.
        var log = plan.FileFor(peer.Name + ".log");
        using (var again = new RunningPeer(Launch(command, processors, log), plan))
        {
            if (again.IsReady())
                throw new IOException($"{peer.Name} did not start at first, but did when asked again");
        }

        throw new IOException($"{peer.Name} did not start: {File.ReadAllText(log).Trim()}");
    }

    // The shell becomes taskset, which becomes the peer: the process that we know stays the root of the tree.
    private static Process Launch(IReadOnlyList<string> command, string processors, string log)
    {
        var start = new ProcessStartInfo("/bin/sh");
        string[] arguments =
        [
            "-c", "log=$1; shift; exec \"$@\" </dev/null >\"$log\" 2>&1", "sh", log,
            "taskset", "-c", processors, .. command,
        ];
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.WorkingDirectory = "/";
        return Process.Start(start)!;
    }

    private bool IsReady()
    {
        for (var waited = 0; waited < ReadyMilliseconds && !process.HasExited; waited += PollMilliseconds)
        {
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Connect(IPAddress.Loopback, Port);
                return true;
            }
            catch (SocketException)
            {
                Thread.Sleep(PollMilliseconds);
            }
        }

        return false;
    }

    /// <summary>Asks the root to end, and ends what is left of the tree after a while.</summary>
    public void Dispose()
    {
        var members = Tree.Members();
        if (!process.HasExited)
            _ = LibC.Kill(process.Id, LibC.SigTerm);
        for (var waited = 0; waited < EndMilliseconds; waited += PollMilliseconds)
        {
            if (!members.Exists(ProcessTree.IsAlive))
                break;
            Thread.Sleep(PollMilliseconds);
        }

        foreach (var member in members.Where(ProcessTree.IsAlive))
            _ = LibC.Kill(member.Pid, LibC.SigKill);
        process.WaitForExit(EndMilliseconds);
        process.Dispose();
    }
}
