using System.Collections.Immutable;
using Postern.Interop.LibC;

namespace Postern.Roles.Sandbox;

/// <summary>Puts a role into its sandbox: the last thing before it serves, and for good.</summary>
public static class RoleSandbox
{
    /// <summary>Empty when it holds; else what the role has to do without.</summary>
    public static string Enter(string role, ImmutableArray<SystemCall> calls)
    {
        int result = Seccomp.Install(SeccompProgram.Compile(calls, Seccomp.IsArm64, Environment.ProcessId).AsSpan());
        return result == 0 ? "" : $"the {role} runs without a system call filter: seccomp: {Errno.Describe(result)}";
    }
}
