using Postern.Engine.Counting;
using Postern.Engine.Loop;
using Postern.Interop.LibC;
using Postern.Roles.Ipc;
using Postern.Roles.Sandbox;
using Postern.Roles.Worker;

namespace Postern.Roles.Supervisor;

internal enum WorkerState
{
    Starting,
    Ready,
    Draining,
}

/// <summary>One worker as the supervisor sees it: a pid, a channel, a log, and a slot of the scoreboard.</summary>
internal sealed class WorkerProcess : PollTarget, IDisposable
{
    private const int FromChannel = 0;
    private const int FromLog = 1;
    private const int LogChunk = 64 * 1024;

    private readonly Supervisor _supervisor;
    private readonly Channel _channel;
    private readonly int _logFd;
    private readonly byte[] _logBuffer = new byte[2 * LogChunk];
    private int _logLength;

    private WorkerProcess(Supervisor supervisor, int pid, int slot, Channel channel, int logFd)
    {
        _supervisor = supervisor;
        Pid = pid;
        ScoreboardSlot = slot;
        _channel = channel;
        _logFd = logFd;
        StartedAt = DateTimeOffset.UtcNow;
        supervisor.Reactor.Add(this);
        _ = supervisor.Reactor.Watch(channel.Fd, this, FromChannel, PollEvents.In);
        _ = supervisor.Reactor.Watch(logFd, this, FromLog, PollEvents.In);
    }

    public int Pid { get; }

    /// <summary>Its slot of the scoreboard.</summary>
    public int ScoreboardSlot { get; }

    public WorkerState State { get; private set; }

    public DateTimeOffset StartedAt { get; }

    /// <summary>What it said when it could not start.</summary>
    public string Failure { get; private set; } = "";

    /// <summary>Starts one and hands it everything. Null, and why, when that is not possible.</summary>
    public static WorkerProcess? Start(
        Supervisor supervisor, int slot, Generation generation, out string problem)
    {
        problem = "";
        int result = StreamSocket.Pair(messages: true, nonBlocking: false, out int ours, out int theirs);
        int logOurs = -1, logTheirs = -1;
        if (result >= 0)
            result = StreamSocket.Pair(messages: false, nonBlocking: true, out logOurs, out logTheirs);
        int pid = result < 0 ? result : Launcher.Start(WorkerRole.Name, generation.Snapshot.Server, theirs);
        Descriptor.Close(theirs);
        if (pid < 0)
        {
            problem = "a worker cannot be started: " + Errno.Describe(pid);
            return null;
        }

        var worker = new WorkerProcess(supervisor, pid, slot, new Channel(ours), logOurs);
        int keys = ServiceProcess.Connect(generation.KeyAgent.Process), dialer = ServiceProcess.Connect(generation.Dialer.Process);
        bool sent = worker._channel.Send(
            new Message(MessageKind.Setup) { Number = slot, Seed = supervisor.ClientSeed },
            [generation.SnapshotFd, supervisor.Scoreboard.Fd, logTheirs, keys, dialer]);
        Descriptor.Close(logTheirs);
        Descriptor.Close(keys);
        Descriptor.Close(dialer);
        foreach ((int Fd, int Gate)[] chunk in generation.Listeners.Chunk(DescriptorPassing.MaxDescriptors))
        {
            sent = sent && worker._channel.Send(
                new Message(MessageKind.Listeners) { Gates = [.. chunk.Select(listener => listener.Gate)] },
                chunk.Select(listener => listener.Fd).ToArray());
        }

        // A worker that is gone already is noticed where all others are: at the end of its channel.
        _ = sent && worker._channel.Send(new Message(MessageKind.Go));
        return worker;
    }

    public void Drain()
    {
        State = WorkerState.Draining;
        _ = _channel.Send(new Message(MessageKind.Drain));
    }

    /// <summary>The way to the new process of a service.</summary>
    public void Give(Service service)
    {
        int way = ServiceProcess.Connect(service.Process);
        _ = _channel.Send(new Message(service.Successor), [way]);
        Descriptor.Close(way);
    }

    public void Kill() => ChildProcess.Kill(Pid, ChildProcess.SignalKill);

    protected override void OnEvents(int which, PollEvents events)
    {
        if (which == FromLog)
        {
            if (!ReadLog())
                _supervisor.Reactor.Forget(_logFd);
            return;
        }

        switch (_channel.Receive(out int[] descriptors))
        {
            case { Kind: MessageKind.Ready } ready when State == WorkerState.Starting:
                State = WorkerState.Ready;
                _supervisor.RoleNotice(ready.Text);
                _supervisor.RoleReady();
                break;

            case { Kind: MessageKind.Failed } failed when State == WorkerState.Starting:
                Failure = failed.Text;
                break;

            // Gone, or saying what a worker has no business to say: it ends either way.
            default:
                Kill();
                ChildExit exit = ChildProcess.Wait(Pid);
                while (ReadLog())
                {
                }

                _supervisor.WorkerEnded(this, exit);
                break;
        }

        foreach (int fd in descriptors)
            Descriptor.Close(fd);
    }

    protected override void OnDeadline()
    {
        // None is set.
    }

    public void Dispose()
    {
        _supervisor.Reactor.Remove(this);
        _channel.Dispose();
        Descriptor.Close(_logFd);
    }

    /// <summary>Passes whole lines on, so that those of two workers do not mix. False when there is nothing to read now.</summary>
    private bool ReadLog()
    {
        int count = StreamSocket.Receive(_logFd, _logBuffer.AsSpan(_logLength, LogChunk));
        if (count <= 0)
            return count == -Errno.Interrupted;

        _logLength += count;
        int whole = _supervisor.Log.WriteEntries(_logBuffer.AsSpan(0, _logLength));

        // Half a line of this size is none of ours: it goes out as it is.
        if (whole == 0 && _logLength >= LogChunk)
            whole = _supervisor.Log.WriteEntries([.. _logBuffer.AsSpan(0, _logLength), (byte)'\n']) - 1;
        _logBuffer.AsSpan(whole, _logLength - whole).CopyTo(_logBuffer);
        _logLength -= whole;
        return true;
    }
}
