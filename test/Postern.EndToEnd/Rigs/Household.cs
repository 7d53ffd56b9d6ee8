using System.Globalization;
using System.Text;
using System.Text.Json;
using Postern.Interop.LibC;

namespace Postern.EndToEnd.Rigs;

/// <summary>A process of a posternd: its number and what it works as.</summary>
internal sealed record Member(string Role, int Pid, bool Current);

/// <summary>
/// All processes that came from one posternd, those whose parent has died among them: all of them have the same word in
/// their environment.
/// </summary>
internal sealed class Household
{
    private const string Variable = "POSTERN_TEST_HOUSEHOLD";

    /// <summary>The kernel's own count of what a process has for itself; pages that it shares depend on who else is there.</summary>
    private const string OwnMemory = "Anonymous:";

    private readonly string _word = Guid.NewGuid().ToString("N");

    /// <summary>Shell commands to start it with.</summary>
    public string Prelude => $"export {Variable}={_word}; ";

    /// <summary>What status says that there is, the supervisor first; rooms are what its nursery has.</summary>
    public static List<Member> Members(PosternRig rig)
    {
        List<Member> members = [new("supervisor", rig.Pid, true)];
        foreach (JsonElement generation in rig.Status().GetProperty("generations").EnumerateArray())
        {
            bool current = generation.GetProperty("state").GetString() == "current";
            bool rooms = generation.TryGetProperty("nursery", out JsonElement nursery) && nursery.ValueKind == JsonValueKind.Object;
            Add("keyAgent", generation.GetProperty("keyAgent"));
            Add("dialer", generation.GetProperty("dialer"));
            if (rooms)
                Add("nursery", nursery);
            foreach (JsonElement worker in generation.GetProperty("workers").EnumerateArray())
                Add(rooms ? "porter" : "worker", worker);

            void Add(string role, JsonElement of)
            {
                if (of.GetProperty("pid").GetInt32() is > 0 and int pid)
                    members.Add(new Member(role, pid, current));
            }
        }

        return members;
    }

    /// <summary>Every living one.</summary>
    public List<int> Living() => [.. Pids().Where(IsOurs)];

    /// <summary>Children of these that nobody has waited for.</summary>
    public static List<int> Zombies(IEnumerable<int> parents)
    {
        HashSet<int> of = [.. parents];
        return [.. Pids().Where(pid => Stat(pid) is { State: "Z" } stat && of.Contains(stat.Parent))];
    }

    public static List<int> Children(int parent) => [.. Pids().Where(pid => Stat(pid) is { State: not "Z" } stat && stat.Parent == parent)];

    /// <summary>Never a process that only got the number of one that has ended.</summary>
    public bool Kill(int pid)
    {
        if (!IsOurs(pid))
            return false;

        ChildProcess.Kill(pid, ChildProcess.SignalKill);
        return true;
    }

    /// <summary>
    /// How many descriptors it has open, −1 when it has ended. Slots of the scoreboard do not count: they are kept for the
    /// next worker, as many as there ever were at once.
    /// </summary>
    public static int Descriptors(int pid)
    {
        try
        {
            return Directory.EnumerateFiles($"/proc/{pid}/fd").Count(file => new FileInfo(file).LinkTarget?.Contains("memfd:postern-scoreboard", StringComparison.Ordinal) != true);
        }
        catch (IOException)
        {
            return -1;
        }
    }

    /// <summary>Ports of the clients whose connections a process has, as the kernel shows them.</summary>
    public static HashSet<int> ClientPorts(int pid)
    {
        HashSet<string> inodes;
        try
        {
            inodes = [.. Directory.EnumerateFiles($"/proc/{pid}/fd").Select(file => new FileInfo(file).LinkTarget).OfType<string>()];
        }
        catch (IOException)
        {
            return [];
        }

        // Number, local and remote address, state, six more, inode (proc_net_tcp.rst of the kernel).
        return [.. File.ReadLines("/proc/net/tcp").Skip(1)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => inodes.Contains($"socket:[{fields[9]}]"))
            .Select(fields => int.Parse(fields[2].Split(':')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
    }

    /// <summary>Bytes of memory of its own.</summary>
    public static long Memory(int pid) => 1024 * long.Parse(
        File.ReadLines($"/proc/{pid}/smaps_rollup").First(line => line.StartsWith(OwnMemory, StringComparison.Ordinal))[OwnMemory.Length..].Trim().Split(' ')[0],
        CultureInfo.InvariantCulture);

    private static IEnumerable<int> Pids() =>
        Directory.EnumerateDirectories("/proc").Select(path => int.TryParse(Path.GetFileName(path), out int pid) ? pid : 0).Where(pid => pid > 0);

    private bool IsOurs(int pid) =>
        Text($"/proc/{pid}/environ").Contains($"{Variable}={_word}\0", StringComparison.Ordinal);

    /// <summary>Behind the name, which may have any character: state, parent.</summary>
    private static (string State, int Parent)? Stat(int pid)
    {
        string[] fields = Text($"/proc/{pid}/stat").Split(") ")[^1].Split(' ');
        return fields.Length < 2 ? null : (fields[0], int.Parse(fields[1], CultureInfo.InvariantCulture));
    }

    /// <summary>Empty when there is no such process any more.</summary>
    private static string Text(string file)
    {
        try
        {
            return Encoding.Latin1.GetString(File.ReadAllBytes(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
