using System.Runtime.InteropServices;

namespace Postern.Interop.LibC;

/// <summary>capabilities(7) that a role's start needs.</summary>
[Flags]
public enum Capability : ulong
{
    None = 0,
    SetGroup = 1 << 6,
    SetUser = 1 << 7,
    SetCapabilities = 1 << 8,
    LockMemory = 1 << 14,
    ChangeRoot = 1 << 18,
}

/// <summary>The capabilities of the calling thread.</summary>
public static unsafe class Capabilities
{
    private const int BoundingDrop = 24;
    private const int Ambient = 47;
    private const int AmbientClear = 4;
    private const int LastPossible = 63;
    private const uint Version3 = 0x2008_0522;

    /// <summary>
    /// Takes out of the bounding set what is not named, for good: whatever this process becomes cannot have it. Nothing is
    /// left that could be inherited. 0, or minus errno (EPERM without CAP_SETPCAP).
    /// </summary>
    public static int KeepAtMost(Capability kept)
    {
        int result = 0;
        for (int capability = 0; capability <= LastPossible && result == 0; capability++)
        {
            if (((ulong)kept & (1UL << capability)) == 0)
                result = NativeLibC.Result(NativeLibC.prctl(BoundingDrop, (nuint)capability, 0, 0, 0));
        }

        // EINVAL: the kernel has no capability of this number, nor of a higher one.
        if (result == -Errno.Invalid)
            result = 0;
        _ = NativeLibC.prctl(Ambient, AmbientClear, 0, 0, 0);
        return result == 0 ? ForgetInheritable() : result;
    }

    private static int ForgetInheritable()
    {
        nint get = Seccomp.IsArm64 ? 90 : 125, set = get + 1;
        CapabilityHeader header = new() { Version = Version3 };
        CapabilityData* data = stackalloc CapabilityData[2];
        int result = NativeLibC.Result(NativeLibC.syscall(get, (nint)(&header), (nint)data, null));
        if (result < 0)
            return result;
        data[0].Inheritable = data[1].Inheritable = 0;
        return NativeLibC.Result(NativeLibC.syscall(set, (nint)(&header), (nint)data, null));
    }
}

/// <summary>struct __user_cap_header_struct</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CapabilityHeader
{
    public uint Version;
    public int ProcessId;
}

/// <summary>struct __user_cap_data_struct: 32 capabilities.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CapabilityData
{
    public uint Effective;
    public uint Permitted;
    public uint Inheritable;
}
