namespace Postern.Interop.LibC;

/// <summary>Memory of this process alone: taken from the kernel, and given back to it.</summary>
public static unsafe class PrivateMemory
{
    private const int Readable = 1, Writable = 2;
    private const int Private = 2, NoFile = 0x20;
    private const int WipeOnFork = 18;

    /// <summary>Zeros for as long as the process lives, here and again in every child: madvise(2), MADV_WIPEONFORK. 0 where the kernel has no such memory.</summary>
    public static nint WipedOnFork(int length)
    {
        void* address = NativeLibC.mmap(null, (nuint)length, Readable | Writable, Private | NoFile, -1, 0);
        if (address == (void*)-1)
            return 0;
        if (NativeLibC.madvise(address, (nuint)length, WipeOnFork) == 0)
            return (nint)address;

        _ = NativeLibC.munmap(address, (nuint)length);
        return 0;
    }

    /// <summary>Gives pages that malloc has free back to the kernel.</summary>
    public static void Trim() => _ = NativeLibC.malloc_trim(0);
}
