using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Postern.Interop.LibC;
using Postern.Interop.Probe;
using Postern.Roles.Ipc;

namespace Postern.Roles.Probe;

/// <summary>
/// In the build that tests sandboxes only: a thread of the role that waits inside the finished sandbox until it is told, and
/// then tries everything. It is told, and answers, through memory that it shares with a file of the test: the file's first
/// page has a 'G' and then the targets, the second on has the answers. A room has no thread to spare and no file, but its
/// nursery's mapping: the first room of a nursery tries everything before it is ready, in the mapping's second half.
/// </summary>
internal static class SandboxProbe
{
    private const string Folder = "POSTERN_PROBE";
    private const int Length = 128 * 1024;
    private const int Half = Length / 2;
    private const int Answers = 4096;

    /// <summary>Where the room that took it upon itself says which one it is.</summary>
    private const int Claim = Answers - sizeof(int);

    /// <summary>Between launcher and role; the role closes it.</summary>
    private const int Fd = Channel.InheritedFd + 1;

    private static SharedMemory? s_memory;
    private static int s_start;
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
        Attempts.Pause();
        new Thread(Wait) { IsBackground = true }.Start();
    }

    /// <summary>In a room, with its own filter in place.</summary>
    public static void Room()
    {
        if (s_memory is null)
            return;

        s_start = Half;
        s_written = Answers;
        ref int claim = ref MemoryMarshal.Cast<byte, int>(Bytes[Claim..Answers])[0];
        if (Interlocked.CompareExchange(ref claim, Attempts.ProcessId(), 0) == 0)
            Wait();
    }

    private static Span<byte> Bytes => s_memory!.Bytes.Slice(s_start, Half);

    private static void Wait()
    {
        Tell("ready\n");
        while (Volatile.Read(ref Bytes[0]) != (byte)'G')
            Attempts.Pause();

        string[] lines = Encoding.UTF8.GetString(Bytes[1..Claim]).TrimEnd('\0').Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var targets = new AttemptTargets(
            ushort.Parse(lines[0], CultureInfo.InvariantCulture), lines[1], lines[2],
            Processes(lines, fields => true), Processes(lines, fields => fields.Length > 2));
        foreach ((string name, Func<nint> attempt) in Attempts.All(targets))
        {
            // Should the attempt end this process, its name stands there without an outcome.
            Tell(name + "\t");
            Tell(Attempts.Outcome(attempt()) + "\n");
        }

        Tell("end\n");
    }

    /// <summary>A line each: name, number, and one field more for those that are to be killed.</summary>
    private static (string Name, int Pid)[] Processes(string[] lines, Func<string[], bool> which) =>
        [.. lines[3..].Select(line => line.Split('\t')).Where(which).Select(fields => (fields[0], int.Parse(fields[1], CultureInfo.InvariantCulture)))];

    private static void Tell(string text) => s_written += Encoding.UTF8.GetBytes(text, Bytes[s_written..]);
}
