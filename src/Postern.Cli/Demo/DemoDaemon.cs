using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Postern.Cli.Demo;

/// <summary>posternd, started for the demo with a configuration of its own, and ended with it.</summary>
internal sealed class DemoDaemon : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly Process _process;

    private DemoDaemon(Process process, string log)
    {
        _process = process;
        Log = log;
    }

    /// <summary>The file with what posternd says.</summary>
    public string Log { get; }

    /// <summary>Null when it does not come up; its log says why.</summary>
    public static DemoDaemon? Start(string daemon, string configuration, string log, IEnumerable<int> ports)
    {
        // The shell is there for the redirection alone; exec makes it posternd.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$0\" -c \"$1\" 2>\"$2\"", daemon, configuration, log]);
        var running = new DemoDaemon(Process.Start(start)!, log);
        foreach (int port in ports)
        {
            if (running.WaitFor(port))
                continue;

            running.Dispose();
            return null;
        }

        return running;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Interop.LibC.ChildProcess.Kill(_process.Id, Interop.LibC.ChildProcess.SignalTerminate);
            if (!_process.WaitForExit(2_000))
                _process.Kill();
        }

        _process.Dispose();
    }

    private bool WaitFor(int port)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < s_patience && !_process.HasExited)
        {
            try
            {
                using var probe = new TcpClient();
                probe.Connect(IPAddress.Loopback, port);
                return true;
            }
            catch (SocketException)
            {
                Thread.Sleep(50);
            }
        }

        return false;
    }
}
