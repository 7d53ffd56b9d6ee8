using System.Text;
using Postern.Configuration;
using Postern.Interop.LibC;
using Postern.Interop.LibSsl.Certificates;
using Postern.Roles.Ipc;
using Postern.Roles.KeyAgent;
using Postern.Roles.Sandbox;
using Xunit;

namespace Postern.EndToEnd.Rigs;

/// <summary>A key agent as the supervisor starts it, without a supervisor: the test says what it likes to it.</summary>
internal sealed class KeyAgentRig : IDisposable
{
    public const int TicketLifetime = 3600;

    private readonly Channel _channel;
    private readonly int _pid;
    private int _refused;

    public KeyAgentRig(KeySnapshot snapshot)
    {
        Assert.Equal(0, StreamSocket.Pair(messages: true, nonBlocking: false, out int ours, out int theirs));
        _pid = ChildProcess.Start(PosternRig.Daemon, [Launcher.Name, KeyAgentRole.Name, User, "available"], theirs);
        Descriptor.Close(theirs);
        _channel = new Channel(ours);
        int keys = Descriptor.Memory(snapshot.Write());
        Assert.True(_channel.Send(new Message(MessageKind.Setup), [keys]));
        Descriptor.Close(keys);
        First = _channel.Receive(out _);
        new Thread(Listen) { IsBackground = true }.Start();
    }

    /// <summary>The first that it said: that it is ready, or why not.</summary>
    public Message? First { get; }

    /// <summary>How often it told of a request that was refused.</summary>
    public int Refused => Volatile.Read(ref _refused);

    /// <summary>The user that it becomes, where it can.</summary>
    public static string User => "daemon";

    public static KeySnapshot Snapshot(IEnumerable<AgentKey> keys) => new()
    {
        Keys = [.. keys],
        TicketSecret = new byte[32],
        TicketLifetime = TicketLifetime,
        SessionPolicies = [[new byte[32]]],
    };

    /// <param name="file">PEM.</param>
    /// <param name="kind">What it says that it is.</param>
    /// <param name="bits">Of it.</param>
    public static AgentKey Key(string file, KeyKind kind = KeyKind.Ec, int bits = 256) => new()
    {
        Pem = Encoding.ASCII.GetBytes(File.ReadAllText(file)),
        Use = KeyUse.Server,
        Kind = kind,
        Bits = bits,
    };

    /// <summary>One value of /proc/PID/status.</summary>
    public string Status(string name) =>
        File.ReadAllLines($"/proc/{_pid}/status").First(line => line.StartsWith(name + ":", StringComparison.Ordinal)).Split(':', 2)[1].Trim();

    /// <summary>A worker's end of a way to it.</summary>
    public int Connect(int threads)
    {
        Assert.Equal(0, StreamSocket.Pair(messages: true, nonBlocking: false, out int ours, out int theirs));
        Assert.True(_channel.Send(new Message(MessageKind.Client) { Number = threads }, [.. Enumerable.Repeat(theirs, threads)]));
        Descriptor.Close(theirs);
        StreamSocket.ReceiveTimeout(ours, 10_000);
        return ours;
    }

    public static byte[] Ask(int fd, ReadOnlySpan<byte> request)
    {
        Assert.Equal(request.Length, StreamSocket.Send(fd, request));
        return Hear(fd);
    }

    public static byte[] Hear(int fd)
    {
        byte[] answer = new byte[AgentRequest.MaxAnswer];
        int length = StreamSocket.Receive(fd, answer);
        Assert.True(length >= AgentRequest.AnswerHeaderSize, $"the key agent did not answer: {length}");
        return answer[..length];
    }

    public void Dispose()
    {
        ChildProcess.Kill(_pid, ChildProcess.SignalKill);
        _ = ChildProcess.Wait(_pid);
    }

    private void Listen()
    {
        while (_channel.Receive(out _) is { } message)
        {
            if (message.Kind == MessageKind.Refused)
                _ = Interlocked.Increment(ref _refused);
        }

        _channel.Dispose();
    }
}
