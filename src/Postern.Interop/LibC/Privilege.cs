using System.Runtime.InteropServices;
using System.Text;

namespace Postern.Interop.LibC;

/// <summary>A user of the machine, by name.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SystemUser(string Name, uint UserId, uint GroupId);

/// <summary>Who a process is and what it may have.</summary>
public static unsafe class Privilege
{
    private const int ResourceDescriptors = 7;
    private const int ResourceCore = 4;
    private const int ResourceLocked = 8;
    private const int SetDumpable = 4;
    private const int SetNoNewPrivileges = 38;

    public static bool IsRoot => NativeLibC.geteuid() == 0;

    public static SystemUser? FindUser(string name)
    {
        PasswordEntry entry;
        PasswordEntry* result;
        byte[] nul = Encoding.UTF8.GetBytes(name + "\0");
        byte[] buffer = new byte[16 * 1024];
        fixed (byte* n = nul)
        fixed (byte* b = buffer)
        {
            int error = NativeLibC.getpwnam_r(n, &entry, b, (nuint)buffer.Length, &result);
            return error == 0 && result != null ? new SystemUser(name, entry.UserId, entry.GroupId) : null;
        }
    }

    /// <summary>
    /// Becomes this user for good: no supplementary groups, real, effective and saved ids. glibc does it on every
    /// thread of the process. 0, or minus errno; then the process must not go on.
    /// </summary>
    public static int BecomeUser(SystemUser user)
    {
        int result = NativeLibC.Result(NativeLibC.setgroups(0, null));
        if (result == 0)
            result = NativeLibC.Result(NativeLibC.setresgid(user.GroupId, user.GroupId, user.GroupId));
        if (result == 0)
            result = NativeLibC.Result(NativeLibC.setresuid(user.UserId, user.UserId, user.UserId));
        return result;
    }

    /// <summary>No program that this process becomes or starts can gain rights. 0, or minus errno.</summary>
    public static int ForbidGain() => NativeLibC.Result(NativeLibC.prctl(SetNoNewPrivileges, 1, 0, 0, 0));

    /// <summary>No program that this process starts can gain rights, and no memory of it reaches a core file or another process of its user.</summary>
    public static void ForbidGainAndDump()
    {
        _ = ForbidGain();
        _ = NativeLibC.prctl(SetDumpable, 0, 0, 0, 0);
        ResourceLimit none = default;
        _ = NativeLibC.setrlimit(ResourceCore, &none);
    }

    /// <summary>
    /// A terminal's Ctrl-C and systemd's SIGTERM go to every process of the group; a role is told by its supervisor
    /// what to do, and does not die of them in the middle of a connection.
    /// </summary>
    public static void IgnoreGroupSignals()
    {
        const int HangUp = 1, Interrupt = 2, Terminate = 15, FileSize = 25;
        const nint Ignore = 1;
        _ = NativeLibC.signal(HangUp, Ignore);
        _ = NativeLibC.signal(Interrupt, Ignore);
        _ = NativeLibC.signal(Terminate, Ignore);

        // Last words into a file fail where no file may grow; they do not end the process in another way.
        _ = NativeLibC.signal(FileSize, Ignore);
    }

    /// <summary>Lets this process lock so much memory, or as much as it may: the hard limit is root's to raise (CAP_SYS_RESOURCE).</summary>
    public static void RaiseLockLimit(long bytes)
    {
        ResourceLimit limit;
        if (NativeLibC.getrlimit(ResourceLocked, &limit) != 0 || limit.Current >= (ulong)bytes)
            return;

        ResourceLimit wanted = new() { Current = (ulong)bytes, Maximum = Math.Max(limit.Maximum, (ulong)bytes) };
        if (NativeLibC.setrlimit(ResourceLocked, &wanted) == 0)
            return;

        limit.Current = limit.Maximum;
        _ = NativeLibC.setrlimit(ResourceLocked, &limit);
    }

    /// <summary>Lifts the soft limit of descriptors to the hard one; returns it.</summary>
    public static long RaiseDescriptorLimit()
    {
        ResourceLimit limit;
        if (NativeLibC.getrlimit(ResourceDescriptors, &limit) != 0)
            return 1024;

        limit.Current = limit.Maximum;
        _ = NativeLibC.setrlimit(ResourceDescriptors, &limit);
        return (long)Math.Min(limit.Maximum, int.MaxValue);
    }
}
