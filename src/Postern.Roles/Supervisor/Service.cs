using Postern.Roles.Ipc;

namespace Postern.Roles.Supervisor;

/// <summary>The place of a key agent or a dialer in a generation. It outlives those that die in it.</summary>
/// <param name="role">What the process is started as.</param>
/// <param name="name">For people.</param>
/// <param name="setupFd">What it needs (keys, backends), in anonymous memory that only it gets.</param>
/// <param name="successor">How a worker is told of the next one.</param>
/// <param name="loss">What does not work without it.</param>
internal sealed class Service(string role, string name, int setupFd, MessageKind successor, string loss)
{
    public string Role { get; } = role;

    public string Name { get; } = name;

    public int SetupFd { get; } = setupFd;

    public MessageKind Successor { get; } = successor;

    public string Loss { get; } = loss;

    /// <summary>Null before the first, and between one that died and the next.</summary>
    public ServiceProcess? Process { get; set; }

    /// <summary>How many of its threads serve each that asks it; who asks one thing at a time needs one.</summary>
    public int ThreadsForEach { get; init; } = 1;

    /// <summary>How many ways lead to it from another service.</summary>
    public int Ways { get; init; } = 1;

    /// <summary>Its end with exit status 0 is no death: it makes place for one with another layout of memory.</summary>
    public bool Renews { get; init; }

    /// <summary>It remembers domains, and is told when one is to be forgotten.</summary>
    public bool Remembers { get; init; }

    public Deaths Deaths { get; } = new();
}
