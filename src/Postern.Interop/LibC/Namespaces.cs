namespace Postern.Interop.LibC;

/// <summary>namespaces(7) that the calling thread can leave its own for. CLONE_NEW*.</summary>
[Flags]
public enum Namespaces
{
    None = 0,

    /// <summary>The machine's name.</summary>
    HostName = 0x0400_0000,

    /// <summary>System V and POSIX message queues, shared memory.</summary>
    Ipc = 0x0800_0000,

    /// <summary>Interfaces, addresses, ports, abstract unix sockets: a new one has a loopback that is down, and nothing else.</summary>
    Network = 0x4000_0000,
}
