using Postern.Interop.LibC;

namespace Postern.Roles.Sandbox;

/// <summary>
/// A root directory that has nothing below it and that nobody can put anything into: a directory of /proc that went with
/// its thread. It needs no directory on the disk and no mount.
/// </summary>
internal static class EmptyRoot
{
    private const string OfTheThread = "/proc/thread-self/fdinfo";

    /// <summary>In every such directory of a thread that lives: standard error.</summary>
    private const string SomethingThere = "/2";

    /// <summary>The thread is gone in a moment; the bound is for a kernel that would keep its directory.</summary>
    private const int Tries = 1000;

    /// <summary>For all threads of the process. 0, or minus errno.</summary>
    public static int Enter()
    {
        int result = 0;
        var thread = new Thread(() => result = Surroundings.ChangeRoot(OfTheThread), maxStackSize: 256 * 1024);
        thread.Start();
        thread.Join();
        if (result < 0)
            return result;

        for (int i = 0; i < Tries && Surroundings.Exists(SomethingThere); i++)
            Thread.Yield();
        return Surroundings.Exists(SomethingThere) ? -Errno.Access : 0;
    }
}
