using System.Runtime.InteropServices;

namespace Postern.Interop.LibC;

/// <summary>Which of a descriptor's events are meant (epoll_ctl(2)).</summary>
[Flags]
public enum PollEvents : uint
{
    None = 0,
    In = 0x1,
    Out = 0x4,
    Error = 0x8,
    HangUp = 0x10,

    /// <summary>The peer sent FIN.</summary>
    PeerClosed = 0x2000,

    /// <summary>Of several processes that wait for one listener, wake few, not all.</summary>
    Exclusive = 1u << 28,
    EdgeTriggered = 1u << 31,
}

/// <summary>
/// An epoll instance and its event buffer. struct epoll_event is packed on x86-64 (12 bytes) and is not on arm64
/// (16 bytes): the layout is chosen here, once.
/// </summary>
public sealed unsafe class EventPoll : IDisposable
{
    internal static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    internal static readonly int DataOffset = EventSize - sizeof(ulong);

    private const int Add = 1;
    private const int Remove = 2;
    private const int Modify = 3;

    private readonly int _capacity;
    private readonly byte* _events;
    private int _fd;

    public EventPoll(int capacity)
    {
        _capacity = capacity;
        Open();
        _events = (byte*)NativeMemory.AllocZeroed((nuint)(capacity * EventSize));
    }

    /// <summary>
    /// Begins anew with an instance of this process's own: one that was there before a fork is the parent's too, and watches
    /// for both. The old one is not closed, since its number may be anybody's by now.
    /// </summary>
    public void Open()
    {
        _fd = NativeLibC.Result(NativeLibC.epoll_create1(Descriptor.CloseOnExec));
        if (_fd < 0)
            throw new InvalidOperationException("epoll_create1: " + Errno.Describe(_fd));
    }

    public int Watch(int fd, PollEvents events, ulong token) => Control(Add, fd, events, token);

    public int Change(int fd, PollEvents events, ulong token) => Control(Modify, fd, events, token);

    /// <summary>Needed only where the descriptor stays open (in another process, say): close takes it out too.</summary>
    public int Forget(int fd) => Control(Remove, fd, PollEvents.None, 0);

    /// <summary>Waits; returns how many events there are, 0 after the time-out, or minus errno.</summary>
    public int Wait(int milliseconds) =>
        NativeLibC.Result(NativeLibC.epoll_wait(_fd, _events, _capacity, milliseconds));

    public ulong Event(int index, out PollEvents events)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)_capacity);
        byte* at = _events + (index * EventSize);
        events = (PollEvents)(*(uint*)at);
        return *(ulong*)(at + DataOffset);
    }

    public void Dispose()
    {
        Descriptor.Close(_fd);
        NativeMemory.Free(_events);
    }

    private int Control(int operation, int fd, PollEvents events, ulong token)
    {
        byte* one = stackalloc byte[16];
        *(uint*)one = (uint)events;
        *(ulong*)(one + DataOffset) = token;
        return NativeLibC.Result(NativeLibC.epoll_ctl(_fd, operation, fd, one));
    }
}
