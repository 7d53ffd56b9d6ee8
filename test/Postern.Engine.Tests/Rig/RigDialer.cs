using System.Collections.Concurrent;
using Postern.Engine.Dialing;
using Postern.Engine.Gates;
using Postern.Interop.LibC;

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

    public DialAnswer Dial(Gate gate, int route, int index, IDialClient client)
    {
        if (Waits)
        {
            _waiting[++_number] = client;
            return DialAnswer.Later(_number);
        }

        int result = Begin(out int fd);
        return DialAnswer.Now(result, fd);
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
