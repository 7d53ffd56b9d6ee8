using System.Globalization;
using System.Text;
using Postern.Interop.LibC;
using Postern.Interop.Probe;
using Postern.Roles.Ipc;

namespace Postern.Roles.Probe;

/// <summary>
/// In the build that tests sandboxes only: a thread of the role that waits inside the finished sandbox until it is told, and
/// then tries everything. It is told, and answers, through memory that it shares with a file of the test: the file's first
/// page has a 'G' and then the targets, the second on has the answers.
/// </summary>
internal static class SandboxProbe
{
    private const string Folder = "POSTERN_PROBE";
    private const int Length = 64 * 1024;
    private const int Answers = 4096;

    /// <summary>Between launcher and role; the role closes it.</summary>
    private const int Fd = Channel.InheritedFd + 1;

    private static SharedMemory? s_memory;
    private static int s_written = Answers;

    /// <summary>In the launcher: opens the file. The first descriptor that is to be closed.</summary>
    public static int Prepare(string role)
    {
        if (Environment.GetEnvironmentVariable(Folder) is not { Length: > 0 } folder)
            return Fd;

        string file = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{role}.{Environment.ProcessId}"));
        Attempts.Open(file, Length, Fd);
        return Fd + 1;
    }

    /// <summary>In the role, before the last two layers: the thread must be there, they must hold for it.</summary>
    public static void Begin()
    {
        if (Environment.GetEnvironmentVariable(Folder) is not { Length: > 0 })
            return;

        s_memory = SharedMemory.Map(Fd, Length, writable: true);
        Descriptor.Close(Fd);
        new Thread(Wait) { IsBackground = true }.Start();
    }

    private static void Wait()
    {
        Tell("ready\n");
        using var never = new ManualResetEvent(false);
        while (s_memory!.Bytes[0] != (byte)'G')
            never.WaitOne(20);

        string[] lines = Encoding.UTF8.GetString(s_memory.Bytes[1..Answers]).TrimEnd('\0').Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var targets = new AttemptTargets(
            ushort.Parse(lines[0], CultureInfo.InvariantCulture), lines[1], lines[2],
            [.. lines[3..].Select(line => line.Split('\t')).Select(fields => (fields[0], int.Parse(fields[1], CultureInfo.InvariantCulture)))]);
        foreach ((string name, Func<nint> attempt) in Attempts.All(targets))
        {
            // Should the attempt end this process, its name stands there without an outcome.
            Tell(name + "\t");
            Tell(Attempts.Outcome(attempt()) + "\n");
        }

        Tell("end\n");
    }

    private static void Tell(string text) => s_written += Encoding.UTF8.GetBytes(text, s_memory!.Bytes[s_written..]);
}
