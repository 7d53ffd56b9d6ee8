using Postern.Configuration.Control;
using Postern.Engine.Loop;
using Postern.Interop.LibC;
using Postern.Policy.Dns;

namespace Postern.Roles.Supervisor;

/// <summary>One request, one answer (docs/protocol/control.md).</summary>
internal sealed class ControlConnection : PollTarget
{
    private const int MaxRequest = 4096;
    private const int Patience = 10_000;

    private readonly Supervisor _supervisor;
    private readonly int _fd;
    private readonly byte[] _request = new byte[MaxRequest];
    private int _length;
    private byte[] _reply = [];
    private int _sent;
    private bool _closed;

    public ControlConnection(Supervisor supervisor, int fd)
    {
        _supervisor = supervisor;
        _fd = fd;
        supervisor.Reactor.Add(this);
        supervisor.Reactor.SetDeadline(this, Patience);
        _ = supervisor.Reactor.Watch(fd, this, 0, PollEvents.In | PollEvents.Out | PollEvents.EdgeTriggered);
    }

    protected override void OnEvents(int which, PollEvents events)
    {
        if (_reply.Length > 0)
        {
            Send();
            return;
        }

        if (_length == MaxRequest)
            return;

        int count = StreamSocket.Receive(_fd, _request.AsSpan(_length));
        if (count == -Errno.Again)
            return;
        if (count <= 0)
        {
            Close();
            return;
        }

        _length += count;
        int end = _request.AsSpan(0, _length).IndexOf((byte)'\n');
        if (end >= 0)
        {
            _length = MaxRequest;
            Answer(_request.AsSpan(0, end));
        }
        else if (_length == MaxRequest)
        {
            Reply(new ControlReply { Ok = false, Message = "the request is too long" });
        }
    }

    protected override void OnDeadline() => Close();

    private void Answer(ReadOnlySpan<byte> json)
    {
        ControlRequest? request = ControlText.Read(json);
        switch (request?.Command)
        {
            case "status":
                Reply(new ControlReply { Ok = true, Message = "running", Status = _supervisor.Status() });
                break;

            case "reload":
                // A reload ends when the new workers are ready, however long that takes.
                _supervisor.Reactor.CancelDeadline(this);
                _supervisor.Reload((ok, message, problems) =>
                    Reply(new ControlReply { Ok = ok, Message = message, Problems = [.. problems] }));
                break;

            case "flush" when DnsName.Read(request.Domain) is { } domain:
                _supervisor.Forget(domain);
                Reply(new ControlReply { Ok = true, Message = $"whoever remembers {domain} was told to forget it" });
                break;

            case "flush":
                Reply(new ControlReply { Ok = false, Message = "flush wants a domain" });
                break;

            default:
                Reply(new ControlReply { Ok = false, Message = "unknown request; known are status, reload and flush" });
                break;
        }
    }

    private void Reply(ControlReply reply)
    {
        if (_closed)
            return;

        _reply = ControlText.Write(reply);
        _supervisor.Reactor.SetDeadline(this, Patience);
        Send();
    }

    private void Send()
    {
        while (_sent < _reply.Length)
        {
            int count = StreamSocket.Send(_fd, _reply.AsSpan(_sent));
            if (count == -Errno.Again)
                return;
            if (count <= 0)
                break;
            _sent += count;
        }

        Close();
    }

    private void Close()
    {
        if (_closed)
            return;

        _closed = true;
        _supervisor.Reactor.Remove(this);
        Descriptor.Close(_fd);
    }
}
