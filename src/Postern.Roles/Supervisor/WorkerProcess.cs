using Postern.Engine.Counting;
using Postern.Engine.Loop;
using Postern.Interop.LibC;
using Postern.Roles.Ipc;

namespace Postern.Roles.Supervisor;

internal enum WorkerState
{
    Starting,

    /// <summary>Waits for the others of its generation.</summary>
    Ready,
    Accepting,
    Draining,
}

/// <summary>One worker as the supervisor sees it: a pid, a channel, a log, and a slot of the scoreboard.</summary>
internal sealed partial class WorkerProcess : PollTarget, IDisposable
{
    private const int FromChannel = 0;
    private const int FromLog = 1;

    private readonly Supervisor _supervisor;
    private readonly Channel _channel;
    private readonly WorkerLog _log;

    private WorkerProcess(Supervisor supervisor, int pid, int slot, Channel channel, int logFd)
    {
        _supervisor = supervisor;
        Pid = pid;
        ScoreboardSlot = slot;
        _channel = channel;
        _log = new WorkerLog(logFd, pid, supervisor.Log);
        StartedAt = DateTimeOffset.UtcNow;
        supervisor.Reactor.Add(this);
        _ = supervisor.Reactor.Watch(channel.Fd, this, FromChannel, PollEvents.In);
        _ = supervisor.Reactor.Watch(logFd, this, FromLog, PollEvents.In);
    }

    public int Pid { get; }

    /// <summary>Its slot of the scoreboard.</summary>
    public int ScoreboardSlot { get; }

    public WorkerState State { get; private set; }

    /// <summary>It has accepted, so there may be connections to lose.</summary>
    public bool Accepted { get; private set; }

    public DateTimeOffset StartedAt { get; }

    /// <summary>What it said when it could not start.</summary>
    public string Failure { get; private set; } = "";

    /// <summary>All workers of its generation are ready: it may accept.</summary>
    public void Accept()
    {
        State = WorkerState.Accepting;
        Accepted = true;
        Order(new Message(MessageKind.Accept));
    }

    /// <summary>Accept no more, and end with the last connection. One that never accepted has nothing to end with.</summary>
    public void Drain()
    {
        if (State == WorkerState.Accepting)
            Order(new Message(MessageKind.Drain));
        else if (State != WorkerState.Draining)
            Kill();
        State = WorkerState.Draining;
    }

    /// <summary>The way to the new process of a service.</summary>
    public void Give(Service service)
    {
        int way = ServiceProcess.Connect(service.Process, service.ThreadsForEach);
        Order(new Message(service.Successor), way);
        Descriptor.Close(way);
    }

    public void Kill() => ChildProcess.Kill(Pid, ChildProcess.SignalKill);

    protected override void OnEvents(int which, PollEvents events)
    {
        if (which == FromLog)
        {
            if (!_log.Read())
                _supervisor.Reactor.Forget(_log.Fd);
            return;
        }

        switch (_channel.Receive(out int[] descriptors))
        {
            case { Kind: MessageKind.Ready } ready when State == WorkerState.Starting:
                State = WorkerState.Ready;
                _supervisor.RoleNotice(ready.Text);
                _supervisor.WorkerReady(this);
                break;

            case { Kind: MessageKind.Failed } failed when State == WorkerState.Starting:
                Failure = failed.Text;
                break;

            // Gone, or saying what a worker has no business to say: it ends either way.
            default:
                Kill();
                ChildExit exit = ChildProcess.Wait(Pid);
                while (_log.Read())
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
        Descriptor.Close(_log.Fd);
    }

    /// <summary>A worker that does not take orders is of no use.</summary>
    private void Order(Message message, params ReadOnlySpan<int> descriptors)
    {
        if (!_channel.Send(message, descriptors))
            Kill();
    }
}
