using System.Runtime.ExceptionServices;
using Postern.Interop.LibC;

namespace Postern.EndToEnd.Rigs;

/// <summary>
/// A thread with a network (loopback alone) and with mounts of its own: its sockets, and the programs that it starts, see
/// nothing of the machine's, and all of it is gone with the last of them. What it makes stays there, whoever uses it later.
/// </summary>
internal static class OwnNetwork
{
    /// <summary>namespaces(7), CLONE_NEWNS: no role of posternd leaves it, and so the interop does not name it.</summary>
    private const Namespaces Mounts = (Namespaces)0x0002_0000;

    /// <summary>Runs a test there; what it throws is thrown here.</summary>
    /// <param name="place">Where files go.</param>
    /// <param name="files">What these files of /etc say there.</param>
    /// <param name="test">On a thread of its own.</param>
    public static void Run(Workplace place, IReadOnlyDictionary<string, string> files, Action test)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Enter(place, files);
                test();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    private static void Enter(Workplace place, IReadOnlyDictionary<string, string> files)
    {
        int left = Surroundings.Leave(Namespaces.Network | Mounts);
        if (left < 0)
            throw new InvalidOperationException("the test cannot have a network of its own, which needs root: " + Errno.Describe(left));

        // Or the machine would see the mounts as well.
        Must("mount", "--make-rprivate", "/");
        foreach ((string name, string text) in files)
            Must("mount", "--bind", place.Write("etc-" + name, text), "/etc/" + name);
        Must("ip", "link", "set", "lo", "up");
    }

    private static void Must(string program, params string[] arguments)
    {
        ToolResult result = Tool.Run(program, arguments);
        if (result.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {result.Output}");
    }
}
