using Postern.Engine.Loop;
using Postern.Interop.LibC;
using Postern.Policy.Dns;
using Postern.Roles.Ipc;
using Postern.Roles.Sandbox;

namespace Postern.Roles.Supervisor;

/// <summary>A role that serves the workers of a generation (key agent, dialer) as the supervisor sees it: a pid and a channel.</summary>
internal sealed class ServiceProcess : PollTarget
{
    private readonly Supervisor _supervisor;
    private readonly Generation _generation;
    private readonly Service _service;
    private readonly Channel _channel;

    private ServiceProcess(Supervisor supervisor, Generation generation, Service service, int pid, Channel channel)
    {
        _supervisor = supervisor;
        _generation = generation;
        _service = service;
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

    /// <summary>Starts one and hands it what it needs. Null, and why, when that is not possible.</summary>
    public static ServiceProcess? Start(Supervisor supervisor, Generation generation, Service service, out string problem)
    {
        problem = "";
        int result = StreamSocket.Pair(messages: true, nonBlocking: false, out int ours, out int theirs);
        int pid = result < 0 ? result : Launcher.Start(service.Role, generation.Snapshot.Server, theirs);
        Descriptor.Close(theirs);
        if (pid < 0)
        {
            Descriptor.Close(ours);
            problem = $"the {service.Name} cannot be started: " + Errno.Describe(pid);
            return null;
        }

        var process = new ServiceProcess(supervisor, generation, service, pid, Channel.ToRole(ours));
        if (!process._channel.Send(new Message(MessageKind.Setup), [service.SetupFd]))
            ChildProcess.Kill(pid, ChildProcess.SignalKill);
        return process;
    }

    /// <summary>
    /// A worker's end of a new way to it, to be passed on and closed. Without a process it leads nowhere: what is asked
    /// fails until the next one is there.
    /// </summary>
    /// <param name="process">Null when it died and the next one is not there yet.</param>
    /// <param name="threads">How many of its threads are to serve this way; who asks one thing at a time needs one.</param>
    public static int Connect(ServiceProcess? process, int threads = 1)
    {
        if (StreamSocket.Pair(messages: true, nonBlocking: false, out int workers, out int theirs) < 0)
            return -1;

        Message client = new(MessageKind.Client) { Number = threads };
        if (process is not null && !process._channel.Send(client, [.. Enumerable.Repeat(theirs, threads)]))
            ChildProcess.Kill(process.Pid, ChildProcess.SignalKill);
        Descriptor.Close(theirs);
        return workers;
    }

    /// <summary>The ways to another service, in place of those before.</summary>
    public void Give(Service service)
    {
        int[] ways = [.. Enumerable.Range(0, service.Ways).Select(_ => Connect(service.Process, service.ThreadsForEach))];
        if (ways.All(way => way >= 0) && !_channel.Send(new Message(service.Successor), ways))
            ChildProcess.Kill(Pid, ChildProcess.SignalKill);
        foreach (int way in ways)
            Descriptor.Close(way);
    }

    /// <summary>Nothing is to be known of this domain any more.</summary>
    public void Forget(DnsName domain)
    {
        if (!_channel.Send(new Message(MessageKind.Forget) { Text = domain.Text }))
            ChildProcess.Kill(Pid, ChildProcess.SignalKill);
    }

    /// <summary>Its generation is in force.</summary>
    public void Accept() => Order(MessageKind.Accept);

    /// <summary>Its generation drains: it serves on, and begins nothing by itself.</summary>
    public void Drain() => Order(MessageKind.Drain);

    /// <summary>Nobody needs it any more.</summary>
    public void End()
    {
        ChildProcess.Kill(Pid, ChildProcess.SignalKill);
        _ = ChildProcess.Wait(Pid);
        _supervisor.Reactor.Remove(this);
        _channel.Dispose();
    }

    private void Order(MessageKind kind)
    {
        if (!_channel.Send(new Message(kind)))
            ChildProcess.Kill(Pid, ChildProcess.SignalKill);
    }

    protected override void OnEvents(int which, PollEvents events)
    {
        switch (_channel.Receive(out int[] descriptors))
        {
            case { Kind: MessageKind.Ready } ready when !IsReady:
                IsReady = true;
                _supervisor.RoleNotice(ready.Text);
                _supervisor.ServiceReady();
                break;

            case { Kind: MessageKind.Refused } refused when IsReady:
                _supervisor.RequestRefused(_service, refused);
                break;

            case { Kind: MessageKind.Alarm } alarm when IsReady:
                _supervisor.Alarm(_service, alarm.Text);
                break;

            case { Kind: MessageKind.Note } note when IsReady:
                _supervisor.Note(_service, note.Text);
                break;

            case { Kind: MessageKind.Failed } failed when !IsReady:
                Failure = failed.Text;
                break;

            // Gone, or saying what such a role has no business to say: it ends either way.
            default:
                ChildProcess.Kill(Pid, ChildProcess.SignalKill);
                ChildExit exit = ChildProcess.Wait(Pid);
                _supervisor.Reactor.Remove(this);
                _channel.Dispose();
                _supervisor.ServiceEnded(_generation, _service, this, exit);
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
