namespace Postern.Interop.LibC;

/// <summary>RLIMIT_* of setrlimit(2); the same on x86-64 and arm64.</summary>
public enum Resource
{
    FileSize = 1,
    Core = 4,

    /// <summary>Processes and threads of the user.</summary>
    Processes = 6,
    Descriptors = 7,
    LockedMemory = 8,
    MessageQueues = 12,
    RealTimePriority = 14,
}

/// <summary>Resource limits of this process.</summary>
public static unsafe class Limits
{
    /// <summary>Lowers soft and hard limit to this; a limit that is lower already stays. 0, or minus errno.</summary>
    public static int Lower(Resource resource, ulong value)
    {
        ResourceLimit limit;
        int result = NativeLibC.Result(NativeLibC.getrlimit((int)resource, &limit));
        if (result < 0)
            return result;

        limit.Maximum = Math.Min(limit.Maximum, value);
        limit.Current = Math.Min(limit.Current, limit.Maximum);
        return NativeLibC.Result(NativeLibC.setrlimit((int)resource, &limit));
    }

    /// <summary>Makes it exactly this: more than the hard limit only as root. 0, or minus errno.</summary>
    public static int Set(Resource resource, ulong value)
    {
        ResourceLimit limit = new() { Current = value, Maximum = value };
        return NativeLibC.Result(NativeLibC.setrlimit((int)resource, &limit));
    }
}
