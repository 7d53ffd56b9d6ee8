using System.Diagnostics;
using Postern.Bench.Interop;
using Postern.Bench.Measuring;

namespace Postern.Bench.Profiling;

/// <summary>A program that watches processes from outside until it is told to stop: perf, strace.</summary>
internal sealed class Tracer : IDisposable
{
    private const int AttachMilliseconds = 10_000;
    private const int EndMilliseconds = 30_000;
    private const int PollMilliseconds = 20;

    private readonly Process process;
    private readonly string said;

    private Tracer(string log, string directory, IReadOnlyList<string> command)
    {
        said = log;
        File.WriteAllText(said, "");
        var start = new ProcessStartInfo("/bin/sh");
        string[] arguments = ["-c", "log=$1; shift; exec \"$@\" </dev/null >\"$log\" 2>&1", "sh", log, .. command];
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new IOException($"{command[0]} cannot be started: {e.Message}");
        }

        PidFile.Add(Path.Combine(directory, PidFile.Name), process.Id);
    }

    /// <summary>Starts it, and waits until it has attached itself.</summary>
    /// <param name="log">Where its words go.</param>
    /// <param name="directory">bench.sh's.</param>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="isAttached">Asked again and again, with what it has said so far.</param>
    /// <exception cref="IOException">It did not attach; with what it said.</exception>
    internal static Tracer Attach(string log, string directory, IReadOnlyList<string> command, Func<string, bool> isAttached)
    {
        var tracer = new Tracer(log, directory, command);
        for (var waited = 0; waited < AttachMilliseconds && !tracer.process.HasExited; waited += PollMilliseconds)
        {
            if (isAttached(File.ReadAllText(log)))
                return tracer;
            Thread.Sleep(PollMilliseconds);
        }

        tracer.Dispose();
        throw new IOException($"{command[0]} does not attach: {File.ReadAllText(log).Trim()}");
    }

    /// <summary>As Control-C does; both programs write what they have then.</summary>
    internal void Stop()
    {
        if (!process.HasExited)
            _ = LibC.Kill(process.Id, LibC.SigInt);
        if (!process.WaitForExit(EndMilliseconds))
            throw new IOException($"{process.ProcessName} does not end: {File.ReadAllText(said).Trim()}");
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            _ = LibC.Kill(process.Id, LibC.SigKill);
            process.WaitForExit(EndMilliseconds);
        }

        process.Dispose();
    }
}
