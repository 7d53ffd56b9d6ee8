using System.Runtime.InteropServices;

namespace Postern.Interop.LibC;

/// <summary>sock_filter of linux/filter.h: one instruction of a classic BPF program.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct FilterInstruction(ushort Code, byte JumpTrue, byte JumpFalse, uint Value);

/// <summary>seccomp(2): a filter for the system calls of this process, for good.</summary>
public static unsafe class Seccomp
{
    private const int SetModeFilter = 1;

    /// <summary>All threads at once, also those that run already.</summary>
    private const int ThreadSync = 1;

    public static bool IsArm64 => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>Installs the program on every thread. 0, or minus errno; no_new_privs must be set.</summary>
    public static int Install(ReadOnlySpan<FilterInstruction> program)
    {
        nint number = IsArm64 ? 277 : 317;
        fixed (FilterInstruction* instructions = program)
        {
            var header = new FilterProgram { Length = (ushort)program.Length, Instructions = instructions };
            return NativeLibC.Result((int)NativeLibC.syscall(number, SetModeFilter, ThreadSync, &header));
        }
    }
}

/// <summary>sock_fprog of linux/filter.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FilterProgram
{
    public ushort Length;
    public FilterInstruction* Instructions;
}
