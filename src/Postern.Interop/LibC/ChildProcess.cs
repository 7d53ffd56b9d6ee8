using System.Runtime.InteropServices;

namespace Postern.Interop.LibC;

/// <summary>How a child ended.</summary>
/// <param name="ExitCode">Its exit status, or −1 when a signal ended it.</param>
/// <param name="Signal">The signal that ended it, or 0.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ChildExit(int ExitCode, int Signal)
{
    public override string ToString() => Signal != 0 ? $"killed by signal {Signal}" : $"exit status {ExitCode}";
}

/// <summary>Starts, signals and reaps children. What a child inherits is named, nothing else goes over.</summary>
public static unsafe class ChildProcess
{
    public const int SignalKill = 9;
    public const int SignalTerminate = 15;

    /// <summary>sizeof(posix_spawn_file_actions_t) is 80 with glibc; room to spare.</summary>
    internal const int FileActionsSize = 256;

    /// <summary>
    /// Starts <paramref name="path"/>. The child has standard input, output and error of ours and
    /// <paramref name="inherited"/> as descriptor 3; everything of ours is close-on-exec. Pid, or minus errno.
    /// </summary>
    public static int Start(string path, ReadOnlySpan<string> arguments, int inherited)
    {
        const int First = 3;
        byte* actions = stackalloc byte[FileActionsSize];
        _ = NativeLibC.posix_spawn_file_actions_init(actions);

        // dup2 takes close-on-exec off; glibc does so also where the two are the same.
        _ = NativeLibC.posix_spawn_file_actions_adddup2(actions, inherited, First);

        byte** argv = stackalloc byte*[arguments.Length + 2];
        nint name = Marshal.StringToCoTaskMemUTF8(path);
        argv[0] = (byte*)name;
        for (int i = 0; i < arguments.Length; i++)
            argv[i + 1] = (byte*)Marshal.StringToCoTaskMemUTF8(arguments[i]);
        argv[arguments.Length + 1] = null;

        byte** environment = Environ();
        int pid;
        int error = NativeLibC.posix_spawn(&pid, (byte*)name, actions, null, argv, environment);

        for (int i = 0; i <= arguments.Length; i++)
            Marshal.FreeCoTaskMem((nint)argv[i]);
        for (byte** e = environment; *e != null; e++)
            Marshal.FreeCoTaskMem((nint)(*e));
        NativeMemory.Free(environment);
        _ = NativeLibC.posix_spawn_file_actions_destroy(actions);
        return error == 0 ? pid : -error;
    }

    /// <summary>Becomes another program. Returns only when that failed: minus errno.</summary>
    public static int Replace(string path, ReadOnlySpan<string> arguments)
    {
        byte** argv = stackalloc byte*[arguments.Length + 2];
        argv[0] = (byte*)Marshal.StringToCoTaskMemUTF8(path);
        for (int i = 0; i < arguments.Length; i++)
            argv[i + 1] = (byte*)Marshal.StringToCoTaskMemUTF8(arguments[i]);
        argv[arguments.Length + 1] = null;
        return NativeLibC.Result(NativeLibC.execve(argv[0], argv, Environ()));
    }

    public static void Kill(int pid, int signal) => _ = NativeLibC.kill(pid, signal);

    /// <summary>Ends a child that leads a session, and all that it started.</summary>
    public static void KillGroup(int pid) => _ = NativeLibC.kill(-pid, SignalKill);

    /// <summary>Waits for a child that is known to be ending, and reaps it.</summary>
    public static ChildExit Wait(int pid)
    {
        int status = 0;
        int result;
        do
        {
            result = NativeLibC.Result(NativeLibC.waitpid(pid, &status, 0));
        }
        while (result == -Errno.Interrupted);
        return Exit(status);
    }

    private static ChildExit Exit(int status)
    {
        int signal = status & 0x7f;
        return signal == 0 ? new ChildExit((status >> 8) & 0xff, 0) : new ChildExit(-1, signal);
    }

    /// <summary>
    /// Waits for a child, and reaps it; null when it has not ended by then, and is killed. A kernel before 5.3 waits without a limit.
    /// </summary>
    public static ChildExit? WaitAtMost(int pid, TimeSpan limit)
    {
        const int OpenPid = 434;
        const short Readable = 1;
        int fd = (int)NativeLibC.syscall(OpenPid, pid, 0, null);
        if (fd < 0)
            return Wait(pid);

        PollDescriptor ended = new() { Fd = fd, Events = Readable };
        long ends = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        int result;
        do
        {
            result = NativeLibC.Result(NativeLibC.poll(&ended, 1, (int)Math.Clamp(ends - Environment.TickCount64, 0, int.MaxValue)));
        }
        while (result == -Errno.Interrupted);

        Descriptor.Close(fd);
        if (result == 0)
            Kill(pid, SignalKill);
        ChildExit exit = Wait(pid);
        return result == 0 ? null : exit;
    }

    /// <summary>This process is killed when who started it ends (PR_SET_PDEATHSIG); false when that has happened already.</summary>
    public static bool EndWithParent(int parent)
    {
        const int ParentDeathSignal = 1;
        _ = NativeLibC.prctl(ParentDeathSignal, SignalKill, 0, 0, 0);
        return NativeLibC.getppid() == parent;
    }

    /// <summary>Ends this process, at once: nothing that libraries have set up for its end runs (_exit(2)).</summary>
    public static void Leave(int status) => NativeLibC._exit(status);

    /// <summary>Reaps a child that has ended; its pid, or 0 or less when there is none.</summary>
    public static int ReapAny()
    {
        const int DoNotWait = 1;
        int status;
        return NativeLibC.Result(NativeLibC.waitpid(-1, &status, DoNotWait));
    }

    private static byte** Environ()
    {
        System.Collections.IDictionary variables = Environment.GetEnvironmentVariables();
        byte** block = (byte**)NativeMemory.AllocZeroed((nuint)(variables.Count + 1), (nuint)sizeof(byte*));
        int i = 0;
        foreach (System.Collections.DictionaryEntry variable in variables)
            block[i++] = (byte*)Marshal.StringToCoTaskMemUTF8($"{variable.Key}={variable.Value}");
        return block;
    }
}
