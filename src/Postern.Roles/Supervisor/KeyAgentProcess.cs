using Postern.Engine.Loop;
using Postern.Interop.LibC;
using Postern.Roles.Ipc;
using Postern.Roles.KeyAgent;

namespace Postern.Roles.Supervisor;

/// <summary>The key agent of a generation as the supervisor sees it: a pid and a channel.</summary>
internal sealed class KeyAgentProcess : PollTarget
{
    private readonly Supervisor _supervisor;
    private readonly Generation _generation;
    private readonly Channel _channel;

    private KeyAgentProcess(Supervisor supervisor, Generation generation, int pid, Channel channel)
    {
        _supervisor = supervisor;
        _generation = generation;
        Pid = pid;
        _channel = channel;
        StartedAt = DateTimeOffset.UtcNow;
        supervisor.Reactor.Add(this);
        _ = supervisor.Reactor.Watch(channel.Fd, this, 0, PollEvents.In);
    }

    public int Pid { get; }

    public DateTimeOffset StartedAt { get; }

    public bool IsReady { get; private set; }

    /// <summary>What it said when it could not start.</summary>
    public string Failure { get; private set; } = "";

    /// <summary>Starts one and hands it the keys. Null, and why, when that is not possible.</summary>
    public static KeyAgentProcess? Start(Supervisor supervisor, Generation generation, out string problem)
    {
        problem = "";
        int result = StreamSocket.Pair(messages: true, nonBlocking: false, out int ours, out int theirs);
        int pid = result < 0 ? result : ChildProcess.Start("/proc/self/exe", [KeyAgentRole.Name], theirs);
        Descriptor.Close(theirs);
        if (pid < 0)
        {
            Descriptor.Close(ours);
            problem = "the key agent cannot be started: " + Errno.Describe(pid);
            return null;
        }

        var agent = new KeyAgentProcess(supervisor, generation, pid, new Channel(ours));
        _ = agent._channel.Send(new Message(MessageKind.Setup), [generation.KeysFd]);
        return agent;
    }

    /// <summary>
    /// A worker's end of a new way to the agent, to be passed on and closed. Without an agent it leads nowhere: signing
    /// fails until the next agent is there.
    /// </summary>
    public static int Connect(KeyAgentProcess? agent)
    {
        if (StreamSocket.Pair(messages: true, nonBlocking: false, out int workers, out int agents) < 0)
            return -1;

        if (agent is not null)
            _ = agent._channel.Send(new Message(MessageKind.Client), [agents]);
        Descriptor.Close(agents);
        return workers;
    }

    /// <summary>Nobody needs it any more.</summary>
    public void End()
    {
        ChildProcess.Kill(Pid, ChildProcess.SignalKill);
        _ = ChildProcess.Wait(Pid);
        _supervisor.Reactor.Remove(this);
        _channel.Dispose();
    }

    protected override void OnEvents(int which, PollEvents events)
    {
        switch (_channel.Receive(out int[] descriptors))
        {
            case { Kind: MessageKind.Ready } ready when !IsReady:
                IsReady = true;
                _supervisor.RoleNotice(ready.Text);
                _supervisor.RoleReady();
                break;

            case { Kind: MessageKind.Refused } refused when IsReady:
                _supervisor.SigningRefused((SigningOutcome)refused.Number);
                break;

            case { Kind: MessageKind.Failed } failed when !IsReady:
                Failure = failed.Text;
                break;

            // Gone, or saying what a key agent has no business to say: it ends either way.
            default:
                ChildProcess.Kill(Pid, ChildProcess.SignalKill);
                ChildExit exit = ChildProcess.Wait(Pid);
                _supervisor.Reactor.Remove(this);
                _channel.Dispose();
                _supervisor.KeyAgentEnded(_generation, this, exit);
                break;
        }

        foreach (int fd in descriptors)
            Descriptor.Close(fd);
    }

    protected override void OnDeadline()
    {
        // None is set.
    }
}
