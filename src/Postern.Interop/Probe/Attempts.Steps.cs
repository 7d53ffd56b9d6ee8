using System.Net;
using System.Runtime.InteropServices;
using Postern.Interop.LibC;
using SocketAddress = Postern.Interop.LibC.SocketAddress;

namespace Postern.Interop.Probe;

/// <summary>Attempts that take more than one call.</summary>
public static unsafe partial class Attempts
{
    private static nint Path(string path, Func<nint, nint> use) => Name(path, use);

    private static nint Name(string text, Func<nint, nint> use)
    {
        fixed (byte* p = Nul(text))
            return use((nint)p);
    }

    /// <summary>Closes what it opened.</summary>
    private static nint Close(nint fd)
    {
        if (fd >= 0)
            Descriptor.Close((int)fd);
        return fd;
    }

    private static nint OpenAt(string path, int flags)
    {
        nint opened = Name(path, p => Call(257, 56, -100, p, flags | Descriptor.CloseOnExec, 0x180));
        return Close(opened);
    }

    /// <summary>A handle of 8 bytes of the first type; EPERM comes before anybody asks what it means.</summary>
    private static nint OpenByHandle()
    {
        uint* handle = (uint*)Zeroed();
        handle[0] = 8;
        handle[1] = 1;
        return Close(Call(304, 265, -100, (nint)handle, 0));
    }

    private static nint List(string path)
    {
        nint fd = Name(path, p => Call(257, 56, -100, p, Descriptor.CloseOnExec));
        if (fd < 0)
            return fd;
        nint result = Call(217, 61, fd, (nint)s_page, Page);
        Descriptor.Close((int)fd);
        return result;
    }

    private static nint Status(string path) => Name(path, p => Call(332, 291, -100, p, 0, 1, (nint)s_page));

    private static nint MemoryFile()
    {
        nint fd = Name("probe", p => Call(319, 279, p, 1));
        if (fd < 0)
            return fd;
        nint result = Call(1, 64, fd, (nint)s_page, 1);
        Descriptor.Close((int)fd);
        return result;
    }

    private static nint Socket(int family, int type) => Close(Call(41, 198, family, type | Descriptor.CloseOnExec, 0));

    private static nint On(int family, int type, Func<nint, nint> use)
    {
        nint fd = Call(41, 198, family, type | Descriptor.CloseOnExec, 0);
        if (fd < 0)
            return fd;
        nint result = use(fd);
        Descriptor.Close((int)fd);
        return result;
    }

    /// <summary>MSG_FASTOPEN; what is on its way counts.</summary>
    private static nint SendFast(nint fd, ushort port)
    {
        const int FastOpen = 0x2000_0040;
        nint result = Address(port, (p, length) => Call(44, 206, fd, (nint)s_page, 1, FastOpen, p, length));
        if (result == -Errno.Access)
        {
            result = Address(port, (p, length) =>
            {
                IoVector vector = new() { Base = s_page, Length = 1 };
                MessageHeader header = new() { Name = (byte*)p, NameLength = (uint)length, Vectors = &vector, VectorCount = 1 };
                return Call(46, 211, fd, (nint)(&header), FastOpen);
            });
        }

        return result == -Errno.InProgress ? 0 : result;
    }

    /// <summary>A listener is a socket of the network where it was made; shutdown(2) makes it one that can connect.</summary>
    private static nint FromListener(ushort port)
    {
        for (int fd = 0; fd < 64; fd++)
        {
            int listens = 0, length = sizeof(int);
            nint result = Call(55, 209, fd, 1, 30, (nint)(&listens), (nint)(&length));
            if (result == -Errno.Access)
                return result;
            if (result < 0 || listens == 0)
                continue;
            result = Call(48, 210, fd, 2);
            return result < 0 ? result : SendFast(fd, port);
        }

        const int BadDescriptor = 9;
        return -BadDescriptor;
    }

    private static nint Pair(int family, int type)
    {
        int* pair = stackalloc int[2];
        nint result = Call(53, 199, family, type | Descriptor.CloseOnExec, 0, (nint)pair);
        if (result == 0)
        {
            Descriptor.Close(pair[0]);
            Descriptor.Close(pair[1]);
        }

        return result;
    }

    private static nint Address(ushort port, Func<nint, nint, nint> use) => Bytes(SocketAddress.Tcp(IPAddress.Loopback, port), use);

    private static nint Address(string path, Func<nint, nint, nint> use)
    {
        if (path[0] != '\0')
            return Bytes(SocketAddress.Unix(path), use);

        // sun_family, then the name from its leading zero to the length's end.
        byte[] address = [1, 0, .. System.Text.Encoding.UTF8.GetBytes(path)];
        fixed (byte* p = address)
            return use((nint)p, address.Length);
    }

    private static nint Bytes(SocketAddress address, Func<nint, nint, nint> use)
    {
        fixed (byte* p = address.Bytes)
            return use((nint)p, address.Bytes.Length);
    }

    private static nint ReadMemory(int pid)
    {
        // Where the heap of the other is matters not: EFAULT would mean that it was looked for.
        IoVector local = new() { Base = s_page, Length = 8 }, remote = local;
        nint result = Call(310, 270, pid, (nint)(&local), 1, (nint)(&remote), 1);
        return result == -14 ? 0 : result;
    }

    private static nint TakeDescriptor(int pid)
    {
        nint process = Call(434, 434, pid, 0);
        if (process < 0)
            return process;
        nint result = Close(Call(438, 438, process, 2, 0));
        Descriptor.Close((int)process);
        return result;
    }

    /// <summary>A software counter (processor time) of this process, user space only.</summary>
    private static nint PerfEvent()
    {
        uint* attribute = (uint*)Zeroed();
        attribute[0] = 1;
        attribute[1] = 64;
        ((ulong*)attribute)[5] = 0b110_0000;
        return Close(Call(298, 241, (nint)attribute, 0, -1, -1, 0));
    }

    private static nint RealTime()
    {
        int priority = 1;
        return Call(144, 119, 0, 1, (nint)(&priority));
    }

    private static nint RaiseLimit()
    {
        ResourceLimit limit = new() { Current = ulong.MaxValue, Maximum = ulong.MaxValue };
        return Call(302, 261, 0, (nint)Resource.Core, (nint)(&limit), 0);
    }

    private static nint AnotherFilter(nint flags)
    {
        FilterInstruction allow = new(0x06, 0, 0, 0x7fff_0000);
        FilterProgram program = new() { Length = 1, Instructions = &allow };
        return Call(317, 277, 1, flags, (nint)(&program));
    }

    private static nint TakeCapabilities()
    {
        CapabilityHeader header = new() { Version = 0x2008_0522 };
        CapabilityData* data = stackalloc CapabilityData[2];
        data[0] = data[1] = new CapabilityData { Effective = 1 << 21, Permitted = 1 << 21 };
        return Call(126, 91, (nint)(&header), (nint)data);
    }

    private static nint BecomeDumpable()
    {
        nint result = Call(157, 167, 4, 1);
        _ = Call(157, 167, 4, 0);
        return result;
    }

    private static nint StartThread()
    {
        try
        {
            var thread = new Thread(() => { });
            thread.Start();
            thread.Join();
            return 0;
        }
        catch (OutOfMemoryException)
        {
            // What the runtime makes of EAGAIN and of EACCES.
            return -Errno.Access;
        }
    }

    /// <summary>The child ends at once, before anything of the runtime could run in it.</summary>
    private static nint Fork(nint flags)
    {
        nint pid = BareCall(s_arm64 ? 220 : 56, flags, 0, 0, 0, 0, 0);
        if (pid == 0)
            _ = BareCall(s_arm64 ? 94 : 231, 0, 0, 0, 0, 0, 0);
        if (pid == -1)
            return -NativeLibC.LastError;
        _ = Call(61, 260, pid, 0, 0, 0);
        return pid;
    }

    /// <summary>A program of this process's own making: a copy of nothing, which exec would refuse only at its first byte.</summary>
    private static nint ExecMemory()
    {
        nint fd = Name("probe", p => Call(319, 279, p, 0));
        if (fd < 0)
            return fd;
        nint result;
        fixed (byte* script = "#!/bin/true\n"u8)
            result = Call(1, 64, fd, (nint)script, 12);
        if (result >= 0)
            result = Name("", p => Call(322, 281, fd, p, (nint)Zeroed(), (nint)s_page, 0x1000));
        Descriptor.Close((int)fd);
        return result;
    }

    /// <summary>struct timespec.</summary>
    private struct TimeSpan64
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [SuppressGCTransition]
    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint BareCall(nint number, nint a, nint b, nint c, nint d, nint e, nint f);
}
