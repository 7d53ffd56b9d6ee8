namespace Postern.Roles.Sandbox;

/// <summary>What must hold of a call's arguments for it to be allowed.</summary>
public enum Condition
{
    Always,

    /// <summary>Memory that is not made executable: NativeAOT makes no code at run time.</summary>
    NotExecutable,

    /// <summary>A new thread of this process, not a new process.</summary>
    ThreadOnly,

    /// <summary>A new process of this one's own: nothing shared, no thread, no child of its parent's, the same namespaces.</summary>
    ChildOnly,

    /// <summary>A socket of TCP or of a unix path.</summary>
    StreamFamilies,

    /// <summary>A socket of TCP or UDP, over IPv4 or IPv6.</summary>
    InternetFamilies,

    /// <summary>A signal to this process and no other.</summary>
    OwnProcess,

    /// <summary>SIGKILL to one process by its number: to no group, and not to all.</summary>
    OneKilled,

    /// <summary>Unix sockets: each other family is code of the kernel's that nobody needs here (TIPC has pairs, too).</summary>
    UnixFamily,

    /// <summary>A filter on top of those that are there, for all threads: nobody is asked instead (seccomp_unotify(2)).</summary>
    FilterOnly,

    /// <summary>
    /// sendto(2) that makes no connection. MSG_FASTOPEN connects a socket that is none yet, or no more: a listener after
    /// shutdown(2), a connect that failed. It would do so in the network that the socket was made in, and Landlock does not see it.
    /// </summary>
    SendToConnected,

    /// <summary>The same of sendmsg(2).</summary>
    SendMessageConnected,
}

/// <summary>One entry of a role's list.</summary>
/// <param name="Name">As in the manual, section 2.</param>
/// <param name="X64">Its number on x86-64; negative where the architecture has no such call.</param>
/// <param name="Arm64">Its number on arm64.</param>
/// <param name="Reason">Who needs it and what for.</param>
public sealed record SystemCall(string Name, int X64, int Arm64, string Reason, Condition Condition = Condition.Always)
{
    public const int None = -1;
}
