using System.Runtime.CompilerServices;
using Postern.Interop.LibC;

namespace Postern.Roles.Sandbox;

/// <summary>
/// Does something on each thread of a role that starts: Landlock and capabilities belong to threads, and those that run
/// already do not follow. At that time there are two, the main thread and the runtime's finalizer; later ones inherit.
/// </summary>
internal static class EveryThread
{
    private const int Known = 2;

    /// <summary>The first failure, as minus errno; −ESRCH when there is a thread that cannot be reached.</summary>
    public static int Do(Func<int> action)
    {
        const int NoSuchProcess = 3;
        int result = action();
        if (result < 0)
            return result;

        var errand = new Errand(action);
        Send(errand);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        if (errand.Result != 0)
            return errand.Result;
        int threads = Surroundings.Threads();
        return threads is Known or < 0 ? 0 : -NoSuchProcess;
    }

    /// <summary>In a frame of its own, so that nothing holds the messenger when it returns.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Send(Errand errand) => _ = new Messenger(errand);

    private sealed class Errand(Func<int> action)
    {
        /// <summary>−ESRCH until the other thread has done it.</summary>
        public int Result { get; private set; } = -3;

        public void Run() => Result = action();
    }

    /// <summary>Its finalizer runs on the thread that nothing else can be told to do something on.</summary>
    private sealed class Messenger(Errand errand)
    {
        ~Messenger() => errand.Run();
    }
}
