using System.Text;

namespace Postern.Interop.LibC;

/// <summary>Where a process stands: its namespaces, its root, its session, the descriptors that it goes on with.</summary>
public static unsafe class Surroundings
{
    private const nint CloseRange = 436;

    /// <summary>For the calling thread, and for the program that it becomes. 0, or minus errno (EPERM without CAP_SYS_ADMIN).</summary>
    public static int Leave(Namespaces namespaces) => NativeLibC.Result(NativeLibC.unshare((int)namespaces));

    /// <summary>The root of all threads. 0, or minus errno (EPERM without CAP_SYS_CHROOT).</summary>
    public static int ChangeRoot(string path)
    {
        fixed (byte* p = Encoding.UTF8.GetBytes(path + "\0"))
        {
            int result = NativeLibC.Result(NativeLibC.chroot(p));
            fixed (byte* root = "/\0"u8)
                return result < 0 ? result : NativeLibC.Result(NativeLibC.chdir(root));
        }
    }

    /// <summary>A session without a terminal: nothing can be typed into that of the person who started the daemon.</summary>
    public static void LeaveTerminal() => _ = NativeLibC.setsid();

    /// <summary>
    /// Has HUP do what it does by default, where who started this process had it ignored, as nohup(1) does. The runtime takes no
    /// signal that is ignored, which is not for a daemon whose HUP is a command.
    /// </summary>
    public static void HeedHangup()
    {
        const int Hangup = 1, Default = 0;
        _ = NativeLibC.signal(Hangup, Default);
    }

    /// <summary>What ps(1) and ss(8) call this process; who was started as /proc/self/exe is called exe.</summary>
    public static void CallMe(string name)
    {
        const int SetName = 15;
        fixed (byte* text = Encoding.UTF8.GetBytes(name + "\0"))
            _ = NativeLibC.prctl(SetName, (nuint)text, 0, 0, 0);
    }

    /// <summary>Closes this descriptor and all above it. 0, or minus errno (ENOSYS before Linux 5.9).</summary>
    public static int CloseFrom(int first) => NativeLibC.Result(NativeLibC.syscall(CloseRange, first, -1, null));

    /// <summary>Makes a standard descriptor lead nowhere. A machine without /dev/null keeps what it has.</summary>
    public static void Silence(int standard)
    {
        const int ReadWrite = 2;
        fixed (byte* path = "/dev/null\0"u8)
        {
            int fd = NativeLibC.Result(NativeLibC.open(path, ReadWrite | Descriptor.CloseOnExec, 0));
            if (fd < 0)
                return;
            _ = NativeLibC.dup2(fd, standard);
            Descriptor.Close(fd);
        }
    }

    /// <summary>How many threads this process has; minus errno when the kernel does not say.</summary>
    public static int Threads()
    {
        // A directory has two links and one for each directory in it (statx(2): stx_nlink). Landlock hides no status.
        const int CurrentDirectory = -100, StructSize = 256, LinksOffset = 16, OwnAndParent = 2;
        const uint MaskLinks = 4;
        byte* status = stackalloc byte[StructSize];
        fixed (byte* path = "/proc/self/task\0"u8)
        {
            int result = NativeLibC.Result(NativeLibC.statx(CurrentDirectory, path, 0, MaskLinks, status));
            return result < 0 ? result : *(int*)(status + LinksOffset) - OwnAndParent;
        }
    }

    /// <summary>True when there is something at this path, readable or not.</summary>
    public static bool Exists(string path)
    {
        const int CurrentDirectory = -100, StructSize = 256;
        byte* status = stackalloc byte[StructSize];
        fixed (byte* p = Encoding.UTF8.GetBytes(path + "\0"))
            return NativeLibC.statx(CurrentDirectory, p, 0, 1, status) == 0;
    }
}
