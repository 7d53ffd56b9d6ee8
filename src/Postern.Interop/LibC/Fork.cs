namespace Postern.Interop.LibC;

/// <summary>
/// fork(2) without exec, for the one role that lives from it. The child has the calling thread and no other: what the
/// runtime does on further threads (finalizers, timers) does not happen there.
/// </summary>
public static class Fork
{
    /// <summary>0 in the child; its pid, or minus errno, in the parent.</summary>
    public static int Now() => NativeLibC.Result(NativeLibC.fork());

    /// <summary>
    /// Gives pages that malloc has free back to the kernel. After a fork that is memory of this process alone, which a
    /// handshake has used once and nothing will use again.
    /// </summary>
    public static void TrimMemory() => _ = NativeLibC.malloc_trim(0);
}
