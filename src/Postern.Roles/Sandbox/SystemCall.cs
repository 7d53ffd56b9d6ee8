namespace Postern.Roles.Sandbox;

/// <summary>What must hold of a call's arguments for it to be allowed.</summary>
public enum Condition
{
    Always,

    /// <summary>Memory that is not made executable: NativeAOT makes no code at run time.</summary>
    NotExecutable,

    /// <summary>A new thread of this process, not a new process.</summary>
    ThreadOnly,

    /// <summary>A new process, in the same namespaces.</summary>
    ChildOnly,

    /// <summary>A socket of TCP or of a unix path.</summary>
    StreamFamilies,

    /// <summary>A signal to this process and no other.</summary>
    OwnProcess,
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
