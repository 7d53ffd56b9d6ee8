using System.Collections.Concurrent;
using System.Net;
using Postern.Engine.Dialing;
using Postern.Engine.Gates;
using Postern.Interop.LibC;
using SocketAddress = Postern.Interop.LibC.SocketAddress;

namespace Postern.Engine.Tests.Rig;

/// <summary>Connects to the rig's backend by itself, at once; or, told to wait, says nothing until the test answers for it.</summary>
internal sealed class RigDialer(SocketAddress address) : IDialer
{
    private readonly ConcurrentDictionary<uint, IDialClient> _waiting = new();
    private uint _number;

    public SocketAddress Address { get; } = address;

    /// <summary>What is asked from now on is not answered.</summary>
    public bool Waits { get; set; }

    public IReadOnlyCollection<uint> Waiting => [.. _waiting.Keys];

    /// <summary>How many connections were asked for.</summary>
    public int Asked { get; private set; }

    public DialAnswer Dial(Gate gate, int route, int index, IDialClient client)
    {
        Asked++;
        if (Waits)
        {
            _waiting[++_number] = client;
            return DialAnswer.Later(_number);
        }

        int result = Begin(out int fd);
        return DialAnswer.Now(result, fd);
    }

    /// <summary>Each address is a port of this machine to the test: 127.0.0.1 with the port that it has given the gate or the answer.</summary>
    public DialAnswer DialHop(Gate gate, IPAddress address, int port, IDialClient client)
    {
        Asked++;
        if (Waits)
        {
            _waiting[++_number] = client;
            return DialAnswer.Later(_number);
        }

        SocketAddress target = SocketAddress.Tcp(address, port);
        int fd = StreamSocket.New(target);
        int result = StreamSocket.Connect(fd, target);
        if (result is 0 or -Errno.InProgress)
            return DialAnswer.Now(result, fd);

        Descriptor.Close(fd);
        return DialAnswer.Now(result, -1);
    }

    public void GiveUp(uint number) => _ = _waiting.TryRemove(number, out _);

    /// <summary>Answers everybody; on the engine's own thread.</summary>
    public void Answer()
    {
        foreach (uint number in Waiting)
        {
            _ = _waiting.TryRemove(number, out IDialClient? client);
            int result = Begin(out int fd);
            client!.Dialled(result, fd);
        }
    }

    private int Begin(out int fd)
    {
        fd = StreamSocket.New(Address);
        int result = StreamSocket.Connect(fd, Address);
        if (result is 0 or -Errno.InProgress)
            return result;

        Descriptor.Close(fd);
        fd = -1;
        return result;
    }
}
