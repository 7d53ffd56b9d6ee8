using System.Globalization;
using Postern.Bench.Interop;

namespace Postern.Bench.Measuring;

/// <summary>A process and everything that descends from it, as /proc shows it at the moment of asking.</summary>
internal sealed class ProcessTree(int root)
{
    /// <summary>A process is this one only as long as it also started then: numbers are used again.</summary>
    internal readonly record struct Member(int Pid, ulong StartTime);

    private readonly record struct Stat(int Parent, long ReapedTicks, ulong StartTime);

    /// <summary>The root first, then its descendants; nothing when the root is gone.</summary>
    internal List<Member> Members()
    {
        var all = new Dictionary<int, Stat>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out var pid)
                && Read(pid) is { } stat)
            {
                all[pid] = stat;
            }
        }

        var members = new List<Member>();
        if (!all.TryGetValue(root, out var first))
            return members;
        members.Add(new Member(root, first.StartTime));
        for (var i = 0; i < members.Count; i++)
        {
            foreach (var (pid, stat) in all)
            {
                if (stat.Parent == members[i].Pid)
                    members.Add(new Member(pid, stat.StartTime));
            }
        }

        return members;
    }

    /// <summary>
    /// User and system time of the tree. A child that has exited and been waited for counts through its parent, so a
    /// difference of two answers holds whatever came and went between them.
    /// </summary>
    internal long ProcessorNanoseconds()
    {
        long sum = 0;
        foreach (var member in Members())
        {
            sum += LibC.ProcessorNanoseconds(member.Pid) ?? 0;
            sum += (Read(member.Pid)?.ReapedTicks ?? 0) * (1_000_000_000 / LibC.TicksPerSecond);
        }

        return sum;
    }

    /// <summary>
    /// Proportional set size of the tree: a page that several processes share counts once in all, so a fork costs what
    /// it has copied and not what it could see.
    /// </summary>
    internal long PssKilobytes()
    {
        long sum = 0;
        foreach (var line in Members().SelectMany(member => Lines(member, "smaps_rollup")))
        {
            if (line.StartsWith("Pss:", StringComparison.Ordinal))
                sum += long.Parse(line.AsSpan(4).TrimEnd("kB").Trim(), CultureInfo.InvariantCulture);
        }

        return sum;
    }

    /// <summary>The same, by where it is.</summary>
    internal MemoryKinds Memory() =>
        Members().Aggregate(default(MemoryKinds), (sum, member) => sum + MemoryKinds.Read(Lines(member, "smaps")));

    /// <summary>Nothing of a process that has ended since it was seen.</summary>
    private static string[] Lines(Member member, string file)
    {
        try
        {
            return File.ReadAllLines($"/proc/{member.Pid}/{file}");
        }
        catch (UnauthorizedAccessException)
        {
            throw new IOException($"the memory of process {member.Pid} is not for us to read: measure memory as root");
        }
        catch (IOException) when (!IsAlive(member))
        {
            return [];
        }
    }

    internal static bool IsAlive(Member member) => Read(member.Pid) is { } stat && stat.StartTime == member.StartTime;

    internal static ulong? StartTimeOf(int pid) => Read(pid)?.StartTime;

    private static Stat? Read(int pid)
    {
        string text;
        try
        {
            text = File.ReadAllText($"/proc/{pid}/stat");
        }
        catch (IOException)
        {
            return null; // it has ended since we saw its name
        }

        // The second field is the program's name in brackets and may hold anything; proc(5) counts from 1.
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        const int First = 3;
        if (fields[0] is "Z" or "X")
            return null; // dead, and only not waited for yet
        return new Stat(
            int.Parse(fields[4 - First], CultureInfo.InvariantCulture),
            long.Parse(fields[16 - First], CultureInfo.InvariantCulture)
                + long.Parse(fields[17 - First], CultureInfo.InvariantCulture),
            ulong.Parse(fields[22 - First], CultureInfo.InvariantCulture));
    }
}
