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

    private static nint Number => IsArm64 ? 277 : 317;

    public static bool IsArm64 => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>0 when the kernel has filters that answer with an error; minus errno when not.</summary>
    public static int Available()
    {
        const int GetActionAvailable = 2;
        uint errno = 0x0005_0000;
        return NativeLibC.Result((int)NativeLibC.syscall(Number, GetActionAvailable, 0, &errno));
    }

    /// <summary>Installs the program on every thread. 0, or minus errno; no_new_privs must be set.</summary>
    public static int Install(ReadOnlySpan<FilterInstruction> program)
    {
        fixed (FilterInstruction* instructions = program)
        {
            var header = new FilterProgram { Length = (ushort)program.Length, Instructions = instructions };
            return NativeLibC.Result((int)NativeLibC.syscall(Number, SetModeFilter, ThreadSync, &header));
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
