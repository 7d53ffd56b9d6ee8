using System.Globalization;

namespace Postern.Bench.Measuring;

/// <summary>The processes that we have started: bench.sh reads it if we die without the chance to end them.</summary>
internal static class PidFile
{
    internal const string Name = "pids";

    internal static void Add(string path, int pid)
    {
        if (ProcessTree.StartTimeOf(pid) is { } started)
            File.AppendAllText(path, string.Create(CultureInfo.InvariantCulture, $"{pid} {started}\n"));
    }
}
