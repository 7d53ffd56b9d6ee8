using System.Diagnostics;
using System.Globalization;

namespace Postern.EndToEnd.Rigs;

/// <summary>A posternd in a soak: its churn, its reloads, what of it is killed, and what it has and should have.</summary>
internal sealed class SoakedGates : IDisposable
{
    /// <summary>
    /// The collector's first generation, in bytes, in hexadecimal. By itself it is as large as the processor's cache, and
    /// garbage that nobody has had to collect yet would look like a leak.
    /// </summary>
    private const string SmallHeap = "export DOTNET_GCgen0size=40000; ";

    /// <summary>Supervisor, key agent, dialer, and two workers, or nursery and porter.</summary>
    private const int Roles = 5;

    /// <summary>What a porter keeps ready.</summary>
    private const int ReadyRooms = 16;

    private readonly bool _rooms;
    private readonly int _tls = Workplace.FreePort();
    private readonly int _pop = Workplace.FreePort();
    private readonly Household _household = new();
    private readonly Random _random = new(7);
    private readonly List<Churn> _churns = [];

    public SoakedGates(EchoGates gates, bool rooms)
    {
        _rooms = rooms;
        Name = rooms ? "soak-connection" : "soak-worker";
        Rig = gates.Started(rooms ? "isolation = \"connection\"" : "workers = 2", Name, Tables(gates), _household.Prelude + SmallHeap, _tls, _pop);
    }

    public string Name { get; }

    public PosternRig Rig { get; }

    public Deeds Deeds { get; } = new();

    public int Reloads { get; private set; }

    /// <summary>Connections that had TLS, a backend, and an answer.</summary>
    public long Served => _churns.Sum(churn => churn.Served);

    /// <summary>What failed although nothing was killed that it needed.</summary>
    public List<string> Unexcused => [.. _churns.SelectMany(churn => churn.Unexcused(Deeds))];

    /// <summary>All of that, with what the log has at that time.</summary>
    public string Explain()
    {
        string[] log = Rig.Log.Split('\n');
        return string.Join('\n', Unexcused.Select(failure =>
        {
            int at = Array.FindIndex(log, line => failure.Split("from port ").ElementAtOrDefault(1)?.Split(':')[0] is { Length: > 0 } port && line.Contains($":{port}\"", StringComparison.Ordinal));
            return $"{Name}: {failure}\n{(at < 0 ? "it is not in the log" : string.Join('\n', log[Math.Max(0, at - 4)..Math.Min(log.Length, at + 5)]))}";
        }));
    }

    public void Begin() => _churns.Add(new Churn(_tls, _pop, _rooms));

    /// <summary>
    /// No client any more, older generations have ended, dead rooms are waited for: whatever is more than that has leaked.
    /// </summary>
    public void Rest()
    {
        _churns[^1].Stop();
        Workplace.WaitFor(() => Unsettled().Length == 0, () => $"{Name}: {Unsettled()}: {Tail()}");
    }

    /// <summary>A reload that a kill has hit leaves the generation before in force: that is no failure here.</summary>
    public void Reload()
    {
        if (Rig.Command("reload").ExitCode == 0)
            Reloads++;
    }

    /// <summary>Kill -9 of one process, of any generation, or of a role of the one in force; until connections succeed again.</summary>
    public void Kill(string? role = null)
    {
        List<Member> members = Household.Members(Rig);
        Member[] victims = [.. members.Where(member => member.Role != "supervisor" && (role is null || (member.Role == role && member.Current)))];
        if (victims.Length == 0)
            return;

        Member victim = victims[_random.Next(victims.Length)];
        if (role is null && victim.Role == "nursery" && _random.Next(2) == 0 && Household.Children(victim.Pid) is { Count: > 0 } rooms)
            victim = new Member("room", rooms[_random.Next(rooms.Count)], true);
        long from = Stopwatch.GetTimestamp();
        if (!_household.Kill(victim.Pid))
            return;

        Workplace.WaitFor(CanEcho, () => $"{Name}: no connection succeeds after the {victim.Role} was killed: {Tail()}");
        Deeds.Note(victim.Role, from, Stopwatch.GetTimestamp());
    }

    /// <summary>Descriptors of each current role, by its name: the most that one of them has.</summary>
    public Dictionary<string, int> Descriptors() =>
        Household.Members(Rig).GroupBy(member => member.Role).ToDictionary(role => role.Key, role => role.Max(member => Household.Descriptors(member.Pid)));

    /// <summary>Bytes of their own memory, by role; several of one role together.</summary>
    public Dictionary<string, long> Memory() =>
        Household.Members(Rig).GroupBy(member => member.Role).ToDictionary(role => role.Key, role => role.Sum(member => Household.Memory(member.Pid)));

    public string Progress() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Name}: {_churns.Sum(churn => churn.Made)} connections, {Served} served, {_churns.Sum(churn => churn.Failed)} failed, {Unexcused.Count} without excuse; {Reloads} reloads; killed: {string.Join(", ", Deeds.All.GroupBy(deed => deed.Role).Select(role => $"{role.Key} {role.Count()}"))}");

    public void Dispose()
    {
        foreach (Churn churn in _churns)
            churn.Dispose();
        Rig.Dispose();
    }

    private bool CanEcho()
    {
        using TlsClient? client = TlsClient.Open(_tls, out _);
        return client?.Echo("x"u8).Length == 0;
    }

    /// <summary>Empty when everything is as it should be.</summary>
    private string Unsettled()
    {
        List<Member> members = Household.Members(Rig);
        if (members.Exists(member => !member.Current))
            return "an older generation has not ended";
        if (Rig.Status().GetProperty("gates").EnumerateArray().Any(gate => gate.GetProperty("live").GetInt64() != 0))
            return "connections that have ended are counted as alive";

        if (members.Count != Roles)
            return $"a role is missing, or there twice: {string.Join(' ', members.Select(member => member.Role))}";

        List<int> zombies = Household.Zombies(members.Select(member => member.Pid));
        if (zombies.Count > 0)
            return $"{zombies.Count} children have ended and nobody has waited for them";
        int living = _household.Living().Count;
        int wanted = Roles + (_rooms ? ReadyRooms : 0);
        return living == wanted ? "" : $"{living} processes are alive, not {wanted}";
    }

    private string Tail() => string.Join('\n', Rig.Log.Split('\n').Where(line => !line.Contains("\"event\":\"connection\"", StringComparison.Ordinal)).TakeLast(30));

    private string Tables(EchoGates gates) => gates.Certificates.Tables + $"""
        [[gate]]
        name = "tls"
        protocol = "tcp"
        listen = ["127.0.0.1:{_tls}"]
        tls = "implicit"
        certificate = ["ec"]
        backend = "127.0.0.1:{gates.BackendPort}"

        [[gate]]
        name = "pop"
        protocol = "pop3"
        listen = ["127.0.0.1:{_pop}"]
        tls = "starttls"
        certificate = ["ec"]
        backend = "127.0.0.1:{gates.BackendPort}"
        """;
}
