using System.Collections.Concurrent;
using System.Diagnostics;
using Postern.Cli.Control;
using Postern.Configuration.Control;
using Postern.Interop.LibC;

namespace Postern.Cli.Demo;

/// <summary>
/// The posternd of the demo: started, asked, stopped. The tour shows its log between the dialogues, so its standard error
/// comes through a pipe.
/// </summary>
internal sealed class DaemonProcess : IDisposable
{
    private static readonly TimeSpan s_startTime = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_logTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_drainTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_stopTime = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly string _control;
    private readonly ConcurrentQueue<string> _log = new();

    private DaemonProcess(Process process, string control)
    {
        _process = process;
        _control = control;
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is { Length: > 0 } text)
                _log.Enqueue(text);
        };
        process.BeginErrorReadLine();
    }

    public Task Ended => _process.WaitForExitAsync();

    public static DaemonProcess Start(string program, string configuration, string control)
    {
        var start = new ProcessStartInfo(program, ["-c", configuration]) { RedirectStandardError = true, UseShellExecute = false };
        return new DaemonProcess(Process.Start(start)!, control);
    }

    /// <summary>Waits until the gates are open. False when posternd ended, or is not ready in time.</summary>
    public async Task<bool> IsReady()
    {
        var patience = Stopwatch.StartNew();
        while (!_process.HasExited && patience.Elapsed < s_startTime)
        {
            if (Status() is { Gates.IsEmpty: false })
                return true;
            await Task.Delay(50);
        }

        return false;
    }

    /// <summary>How often connections of all gates ended so; waits a moment until there are as many as are expected.</summary>
    public async Task<long> Outcomes(string outcome, long expected)
    {
        // A client may see its connection end before the worker has counted it.
        var patience = Stopwatch.StartNew();
        while (true)
        {
            long count = Status()?.Gates.Sum(gate => gate.Outcomes.GetValueOrDefault(outcome)) ?? 0;
            if (count >= expected || patience.Elapsed > s_logTime)
                return count;
            await Task.Delay(20);
        }
    }

    public StatusReport? Status() => ControlClient.Ask(_control, "status", TimeSpan.FromSeconds(5), out _)?.Status;

    /// <summary>What it logged since the last call; waits a moment for as many lines as are expected.</summary>
    public async Task<IReadOnlyList<string>> News(int expected)
    {
        var patience = Stopwatch.StartNew();
        while (_log.Count < expected && patience.Elapsed < s_logTime)
            await Task.Delay(20);

        List<string> lines = [];
        while (_log.TryDequeue(out string? line))
            lines.Add(line);
        return lines;
    }

    /// <summary>Drains, as a service manager would have it; who still holds a connection then is cut.</summary>
    public void Dispose()
    {
        if (!_process.HasExited)
            ChildProcess.Kill(_process.Id, ChildProcess.SignalTerminate);
        if (!_process.WaitForExit(s_drainTime))
            ChildProcess.Kill(_process.Id, ChildProcess.SignalTerminate);
        if (!_process.WaitForExit(s_stopTime))
            _process.Kill();
        _process.Dispose();
    }
}
