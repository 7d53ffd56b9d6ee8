using Postern.Configuration;
using Postern.Interop.LibC;
using Postern.Policy.Dns;
using Postern.Policy.Memory;
using Postern.Roles.Ipc;
using Postern.Roles.Recorder;
using Postern.Roles.Sandbox;
using Xunit;

namespace Postern.EndToEnd.Rigs;

/// <summary>A recorder as the supervisor starts it, without a supervisor, and a resolver's end of a way to it.</summary>
internal sealed class RecorderRig : IDisposable
{
    private readonly Channel _channel;
    private readonly int _fd;
    private readonly byte[] _answer = new byte[RecorderRequest.MaxAnswer];
    private readonly List<string> _alarms = [];
    private int _refused;
    private uint _number;
    private bool _gone;

    /// <param name="state">What the configuration names; the directory of its file is below.</param>
    /// <param name="prelude">Run by a shell before it, which becomes it: mounts of its own.</param>
    public RecorderRig(string state, string prelude = "")
    {
        Assert.Equal(0, StreamSocket.Pair(messages: true, nonBlocking: false, out int ours, out int theirs));
        string[] launch = [Launcher.Name, RecorderRole.Name, User, "available"];
        Pid = prelude.Length == 0
            ? ChildProcess.Start(PosternRig.Daemon, launch, theirs)
            : ChildProcess.Start("/usr/bin/unshare", ["-m", "sh", "-c", $"{prelude}; exec \"$0\" \"$@\"", PosternRig.Daemon, .. launch], theirs);
        Descriptor.Close(theirs);
        _channel = new Channel(ours);
        int setup = Descriptor.Memory(new RecorderSnapshot { State = state }.Write());
        Assert.True(_channel.Send(new Message(MessageKind.Setup), [setup]));
        Descriptor.Close(setup);
        First = _channel.Receive(out _);
        new Thread(Listen) { IsBackground = true }.Start();

        Assert.Equal(0, StreamSocket.Pair(messages: true, nonBlocking: false, out _fd, out int resolvers));
        Assert.True(_channel.Send(new Message(MessageKind.Client) { Number = 1 }, [resolvers]));
        Descriptor.Close(resolvers);
        StreamSocket.ReceiveTimeout(_fd, 60_000);
    }

    /// <summary>The user that it becomes.</summary>
    public static string User => "nobody";

    public int Pid { get; }

    /// <summary>The first that it said: that it is ready, or why not.</summary>
    public Message? First { get; }

    public int Refused => Volatile.Read(ref _refused);

    public string[] Alarms
    {
        get
        {
            lock (_alarms)
                return [.. _alarms];
        }
    }

    /// <summary>One value of /proc/PID/status.</summary>
    public string Status(string name) =>
        File.ReadAllLines($"/proc/{Pid}/status").First(line => line.StartsWith(name + ":", StringComparison.Ordinal)).Split(':', 2)[1].Trim();

    /// <summary>False when it is gone.</summary>
    public bool Say(RecorderKind kind, ReadOnlySpan<byte> body)
    {
        byte[] request = RecorderRequest.Write(++_number, kind, body);
        return StreamSocket.Send(_fd, request) == request.Length;
    }

    /// <summary>Null when it is gone.</summary>
    public RecorderOutcome? Find(DnsName domain, out DomainMemory? memory)
    {
        memory = null;
        if (!Say(RecorderKind.Find, RecorderRequest.Body(domain)))
            return null;
        int length = StreamSocket.Receive(_fd, _answer);
        if (length < RecorderRequest.AnswerHeaderSize || !RecorderRequest.TryReadAnswer(_answer.AsSpan(0, length), _number, out RecorderOutcome outcome))
            return null;
        memory = DomainMemoryText.Read(_answer.AsMemory(RecorderRequest.AnswerHeaderSize, length - RecorderRequest.AnswerHeaderSize));
        return outcome;
    }

    /// <summary>kill -9, and it is reaped.</summary>
    public void Kill()
    {
        if (_gone)
            return;
        _gone = true;
        ChildProcess.Kill(Pid, ChildProcess.SignalKill);
        _ = ChildProcess.Wait(Pid);
    }

    public void Dispose()
    {
        Kill();
        Descriptor.Close(_fd);
    }

    private void Listen()
    {
        while (_channel.Receive(out _) is { } message)
        {
            if (message.Kind == MessageKind.Refused)
                _ = Interlocked.Increment(ref _refused);
            if (message.Kind != MessageKind.Alarm)
                continue;
            lock (_alarms)
                _alarms.Add(message.Text);
        }

        _channel.Dispose();
    }
}
