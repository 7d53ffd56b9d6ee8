using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Postern.Interop.LibC;

namespace Postern.EndToEnd.Rigs;

/// <summary>
/// A thread with a network (loopback alone) and with mounts of its own: its sockets, and the programs and threads that it starts, see
/// nothing of the machine's, and all of it is gone with the last of them. What it makes stays there, whoever uses it later.
/// </summary>
internal sealed class OwnNetwork : IDisposable
{
    /// <summary>namespaces(7), CLONE_NEWNS: no role of posternd leaves it, and so the interop does not name it.</summary>
    private const Namespaces Mounts = (Namespaces)0x0002_0000;

    /// <summary>The machine's own address there, which looks like one of the world.</summary>
    public const string OwnAddress = "5.5.0.1";

    private readonly BlockingCollection<Task> _work = [];
    private readonly Thread _thread;

    /// <param name="place">Where files go.</param>
    /// <param name="files">What these files of /etc say there.</param>
    public OwnNetwork(Workplace place, IReadOnlyDictionary<string, string> files)
    {
        _thread = new Thread(Serve) { IsBackground = true, Name = "own network" };
        _thread.Start();
        try
        {
            Run(() => Enter(place, files));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Runs a test there; what it throws is thrown here.</summary>
    /// <param name="place">Where files go.</param>
    /// <param name="files">What these files of /etc say there.</param>
    /// <param name="test">On a thread of its own.</param>
    public static void Run(Workplace place, IReadOnlyDictionary<string, string> files, Action test)
    {
        using var network = new OwnNetwork(place, files);
        network.Run(test);
    }

    /// <summary>
    /// Called there: a host of the world, whose servers run here as all others. It is reached from <see cref="OwnAddress"/> and not from itself, by
    /// which the dialer would know it for this machine.
    /// </summary>
    public static void AddHost(string address) => Tool.Must("ip", "route", "add", "local", address + "/32", "dev", "lo", "src", OwnAddress);

    /// <summary>Runs something there, behind what runs there already; what it throws is thrown here.</summary>
    public void Run(Action action)
    {
        var task = new Task(action);
        _work.Add(task);
        task.GetAwaiter().GetResult();
    }

    /// <summary>Several things at once, on threads of that network; what one of them throws is thrown when all are done.</summary>
    /// <param name="actions">Any number.</param>
    /// <param name="atOnce">No more than these.</param>
    public static void Together(IReadOnlyList<Action> actions, int atOnce)
    {
        int next = -1;
        var failures = new ConcurrentQueue<Exception>();
        Thread[] hands = [.. Enumerable.Range(0, Math.Min(atOnce, actions.Count)).Select(_ => new Thread(() =>
        {
            for (int i = Interlocked.Increment(ref next); i < actions.Count; i = Interlocked.Increment(ref next))
            {
                try
                {
                    actions[i]();
                }
                catch (Exception e)
                {
                    failures.Enqueue(e);
                }
            }
        }))];
        foreach (Thread hand in hands)
            hand.Start();
        foreach (Thread hand in hands)
            hand.Join();
        if (failures.TryDequeue(out Exception? failure))
            ExceptionDispatchInfo.Throw(failure);
    }

    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private void Serve()
    {
        // A task keeps what its action throws for whoever waits for it.
        foreach (Task task in _work.GetConsumingEnumerable())
            task.RunSynchronously(TaskScheduler.Default);
    }

    private static void Enter(Workplace place, IReadOnlyDictionary<string, string> files)
    {
        int left = Surroundings.Leave(Namespaces.Network | Mounts);
        if (left < 0)
            throw new InvalidOperationException("the test cannot have a network of its own, which needs root: " + Errno.Describe(left));

        // Or the machine would see the mounts as well.
        Tool.Must("mount", "--make-rprivate", "/");
        foreach ((string name, string text) in files)
            Tool.Must("mount", "--bind", place.Write("etc-" + name, text), "/etc/" + name);
        Tool.Must("ip", "link", "set", "lo", "up");
        Tool.Must("ip", "address", "add", OwnAddress + "/32", "dev", "lo");
    }
}
