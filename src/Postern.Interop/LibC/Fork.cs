namespace Postern.Interop.LibC;

/// <summary>
/// fork(2) without exec, for the one role that lives from it. The child has the calling thread and no other: what the
/// runtime does on further threads (finalizers, timers) does not happen there.
/// </summary>
public static unsafe class Fork
{
    /// <summary>0 in the child; its pid, or minus errno, in the parent.</summary>
    public static int Now() => NativeLibC.Result(NativeLibC.fork());

    /// <summary>
    /// Takes, for good, what malloc has free between what is in use. Children then take all they need from the end of the
    /// heap, side by side, and write to a few new pages, in place of copying many old ones for a hole in each.
    /// </summary>
    public static void FillHoles()
    {
        const int Step = 16, Largest = 16 * 1024, MostBlocks = 100_000;

        // Larger than any hole: it comes from the end of the heap, and says where that is.
        byte* end = (byte*)NativeLibC.malloc(4 * Largest);
        NativeLibC.free(end);
        int taken = 0;
        for (int size = Largest; size >= Step && taken < MostBlocks; size -= Step)
        {
            byte* block = (byte*)NativeLibC.malloc((nuint)size);
            while (block < end && taken++ < MostBlocks)
                block = (byte*)NativeLibC.malloc((nuint)size);
            NativeLibC.free(block);
        }
    }
}
