using Postern.Interop.LibC;
using Postern.Roles.Ipc;
using Postern.Roles.Sandbox;

namespace Postern.Roles.Supervisor;

/// <summary>How a worker begins: started, and handed everything that it will ever have.</summary>
internal sealed partial class WorkerProcess
{
    /// <summary>Starts one and hands it everything. Null, and why, when that is not possible.</summary>
    public static WorkerProcess? Start(
        Supervisor supervisor, int slot, Generation generation, out string problem)
    {
        problem = "";
        int result = StreamSocket.Pair(messages: true, nonBlocking: false, out int ours, out int theirs);
        int logOurs = -1, logTheirs = -1;
        if (result >= 0)
            result = StreamSocket.Pair(messages: false, nonBlocking: true, out logOurs, out logTheirs);
        int pid = result < 0 ? result : Launcher.Start(generation.Worker.Name, generation.Snapshot.Server, theirs);
        Descriptor.Close(theirs);
        if (pid < 0)
        {
            Descriptor.Close(ours);
            Descriptor.Close(logOurs);
            Descriptor.Close(logTheirs);
            problem = "a worker cannot be started: " + Errno.Describe(pid);
            return null;
        }

        var worker = new WorkerProcess(supervisor, pid, slot, Channel.ToRole(ours), logOurs);
        if (!worker.HandOver(generation, logTheirs))
        {
            // It is noticed where all others are, at the end of its channel; until then it must not wait for ever.
            worker.Failure = "what it needs could not be handed over; are there descriptors left (LimitNOFILE)?";
            worker.Kill();
        }

        return worker;
    }

    /// <summary>Other workers' slots of the scoreboard; false when they could not be passed.</summary>
    public bool Tell(IEnumerable<int> slots)
    {
        bool sent = true;
        foreach (int[] chunk in slots.Where(slot => slot != ScoreboardSlot).Chunk(DescriptorPassing.MaxDescriptors))
        {
            int[] descriptors = [.. chunk.Select(_supervisor.Scoreboard.ReadOnlyDescriptor)];
            sent = sent && descriptors.All(fd => fd >= 0) && _channel.Send(new Message(MessageKind.Slots) { Numbers = chunk }, descriptors);
            foreach (int fd in descriptors)
                Descriptor.Close(fd);
        }

        return sent;
    }

    private bool HandOver(Generation generation, int log)
    {
        int directory = _supervisor.Scoreboard.DirectoryDescriptor;
        int[] services = [.. generation.ServicesOfWorkers.Select(service => ServiceProcess.Connect(service.Process, service.ThreadsForEach))];
        bool sent = directory >= 0 && services.All(way => way >= 0) && _channel.Send(
            new Message(MessageKind.Setup) { Number = ScoreboardSlot, Seed = _supervisor.ClientSeed },
            [generation.SnapshotFd, directory, _supervisor.Scoreboard.OwnDescriptor(ScoreboardSlot), log, .. services]);
        foreach (int fd in (ReadOnlySpan<int>)[directory, log, .. services])
            Descriptor.Close(fd);
        sent = sent && Tell(_supervisor.Scoreboard.Made);
        foreach ((int Fd, int Gate)[] chunk in generation.Listeners.Chunk(DescriptorPassing.MaxDescriptors))
        {
            sent = sent && _channel.Send(
                new Message(MessageKind.Listeners) { Numbers = [.. chunk.Select(listener => listener.Gate)] },
                chunk.Select(listener => listener.Fd).ToArray());
        }

        return sent && _channel.Send(new Message(MessageKind.Go));
    }
}
