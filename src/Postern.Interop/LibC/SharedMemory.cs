using System.Runtime.InteropServices;
using System.Text;

namespace Postern.Interop.LibC;

/// <summary>Memory shared between processes through a descriptor, zero at first, touched pages only are real.</summary>
public sealed unsafe class SharedMemory : IDisposable
{
    private const int Readable = 1;
    private const int Writable = 2;
    private const int Shared = 1;

    private readonly byte* _address;

    private SharedMemory(byte* address, int length, int fd)
    {
        _address = address;
        Length = length;
        Fd = fd;
    }

    public int Length { get; }

    /// <summary>For others, to <see cref="Map"/> and write.</summary>
    public int Fd { get; }

    public Span<byte> Bytes => new(_address, Length);

    /// <summary>
    /// New memory, whose size nobody can change: whoever holds the descriptor could else cut it, and all that read it
    /// would die of SIGBUS.
    /// </summary>
    public static SharedMemory Create(int length)
    {
        const uint CloseOnExec = 1, AllowSealing = 2;
        const int AddSeals = 1033, SealSeal = 1, SealShrink = 2, SealGrow = 4;
        fixed (byte* name = "postern-scoreboard\0"u8)
        {
            int fd = Check(NativeLibC.memfd_create(name, CloseOnExec | AllowSealing), "memfd_create");
            _ = Check(NativeLibC.ftruncate(fd, length), "ftruncate");
            _ = Check(NativeLibC.fcntl(fd, AddSeals, SealSeal | SealShrink | SealGrow), "F_ADD_SEALS");
            return Map(fd, length, writable: true);
        }
    }

    /// <summary>As <see cref="Create"/>; null when the system has no descriptor or no memory left.</summary>
    public static SharedMemory? TryCreate(int length)
    {
        try
        {
            return Create(length);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    public static SharedMemory Map(int fd, int length, bool writable)
    {
        void* address = NativeLibC.mmap(null, (nuint)length, writable ? Readable | Writable : Readable, Shared, fd, 0);
        if (address == (void*)-1)
            throw new InvalidOperationException("mmap: " + Errno.Describe(NativeLibC.LastError));
        return new SharedMemory((byte*)address, length, fd);
    }

    /// <summary>Memory of this process alone, with no descriptor.</summary>
    public static SharedMemory Anonymous(int length)
    {
        const int Private = 2, NoFile = 0x20;
        void* address = NativeLibC.mmap(null, (nuint)length, Readable | Writable, Private | NoFile, -1, 0);
        return address == (void*)-1
            ? throw new InvalidOperationException("mmap: " + Errno.Describe(NativeLibC.LastError))
            : new SharedMemory((byte*)address, length, -1);
    }

    /// <summary>A descriptor with which this memory can be read and never written, to be given away and closed; or minus errno.</summary>
    public int ReadOnlyDescriptor()
    {
        fixed (byte* path = Encoding.UTF8.GetBytes($"/proc/self/fd/{Fd}\0"))
            return NativeLibC.Result(NativeLibC.open(path, Descriptor.CloseOnExec));
    }

    /// <summary>The same memory as 64-bit counters.</summary>
    public Span<long> Longs(int offset, int count) => MemoryMarshal.Cast<byte, long>(Bytes.Slice(offset, count * sizeof(long)));

    public void Dispose()
    {
        _ = NativeLibC.munmap(_address, (nuint)Length);
        Descriptor.Close(Fd);
    }

    private static int Check(int result, string call) =>
        result >= 0 ? result : throw new InvalidOperationException($"{call}: {Errno.Describe(NativeLibC.LastError)}");
}
