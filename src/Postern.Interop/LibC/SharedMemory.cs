using System.Runtime.InteropServices;

namespace Postern.Interop.LibC;

/// <summary>Memory shared between processes through a descriptor, zero at first, touched pages only are real.</summary>
public sealed unsafe class SharedMemory : IDisposable
{
    private const int ReadWrite = 3;
    private const int Shared = 1;

    private readonly byte* _address;

    private SharedMemory(byte* address, int length, int fd)
    {
        _address = address;
        Length = length;
        Fd = fd;
    }

    public int Length { get; }

    public int Fd { get; }

    public Span<byte> Bytes => new(_address, Length);

    public static SharedMemory Create(int length)
    {
        fixed (byte* name = "postern-scoreboard\0"u8)
        {
            int fd = NativeLibC.Result(NativeLibC.memfd_create(name, 1));
            if (fd < 0)
                throw new InvalidOperationException("memfd_create: " + Errno.Describe(fd));
            if (NativeLibC.ftruncate(fd, length) != 0)
                throw new InvalidOperationException("ftruncate: " + Errno.Describe(NativeLibC.LastError));
            return Map(fd, length);
        }
    }

    public static SharedMemory Map(int fd, int length)
    {
        void* address = NativeLibC.mmap(null, (nuint)length, ReadWrite, Shared, fd, 0);
        if (address == (void*)-1)
            throw new InvalidOperationException("mmap: " + Errno.Describe(NativeLibC.LastError));
        return new SharedMemory((byte*)address, length, fd);
    }

    /// <summary>The same memory as 64-bit counters.</summary>
    public Span<long> Longs(int offset, int count) => MemoryMarshal.Cast<byte, long>(Bytes.Slice(offset, count * sizeof(long)));

    public void Dispose()
    {
        _ = NativeLibC.munmap(_address, (nuint)Length);
        Descriptor.Close(Fd);
    }
}
