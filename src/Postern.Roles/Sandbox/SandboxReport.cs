using System.Collections.Immutable;
using Postern.Configuration.Settings;
using Postern.Interop.LibC;

namespace Postern.Roles.Sandbox;

/// <summary>What <c>postern check --show-sandbox</c> shows: what each role gets, from its declaration.</summary>
/// <param name="Sandbox">The configuration's word: available or required.</param>
/// <param name="Lacking">What this kernel, or a start by this user, leaves out; empty when nothing.</param>
/// <param name="Landlock">The version of Landlock that the kernel has; 0 for none.</param>
/// <param name="LandlockLacks">What a Landlock of this version cannot take away.</param>
public sealed record SandboxReport(
    string Sandbox,
    ImmutableArray<string> Lacking,
    int Landlock,
    ImmutableArray<string> LandlockLacks,
    ImmutableArray<SandboxReport.RoleFacts> Roles)
{
    /// <param name="Role">What the process is called in the list of processes.</param>
    /// <param name="Namespaces">Those that it has for itself.</param>
    /// <param name="Files">What of the file system it reaches after its start.</param>
    /// <param name="Network">What it can reach by making a socket.</param>
    public sealed record RoleFacts(
        string Role,
        string User,
        ImmutableArray<string> Namespaces,
        string Files,
        string Network,
        string Capabilities,
        ImmutableArray<LimitFacts> Limits,
        ImmutableArray<CallFacts> Calls);

    public sealed record LimitFacts(string Limit, ulong Value, string Reason);

    /// <param name="Condition">What must hold of its arguments; empty when nothing.</param>
    public sealed record CallFacts(string Call, string Condition, string Reason);

    /// <summary>
    /// Tries what the launcher would do, in this process, which is of no more use then than to print the report: another
    /// way of asking the kernel would be another answer.
    /// </summary>
    public static SandboxReport Make(ServerSettings server)
    {
        ArgumentNullException.ThrowIfNull(server);
        int landlock = Interop.LibC.Landlock.Version();
        return new SandboxReport(
            server.Sandbox == SandboxDemand.Required ? "required" : "available",
            [.. Try(landlock)],
            Math.Max(landlock, 0),
            landlock < 0 ? [] : [.. LandlockRights.Lacking(landlock)],
            [.. RoleList.All.Select(role => FactsOf(role, server))]);
    }

    private static IEnumerable<string> Try(int landlock)
    {
        if (Privilege.IsRoot)
        {
            int result = Surroundings.Leave(RoleList.All.Aggregate(Interop.LibC.Namespaces.None, (all, role) => all | role.Namespaces));
            if (result < 0)
                yield return $"{Layers.Namespaces} ({Errno.Describe(result)})";
            result = EmptyRoot.Enter();
            if (result < 0)
                yield return $"{Layers.EmptyRoot} ({Errno.Describe(result)})";
        }
        else
        {
            yield return "users, namespaces and root directories of their own (posternd is not started by root)";
        }

        if (landlock < 0)
            yield return $"{Layers.Landlock} ({Errno.Describe(landlock)})";
        int filter = Seccomp.Available();
        if (filter < 0)
            yield return $"{Layers.Seccomp} ({Errno.Describe(filter)})";
    }

    private static RoleFacts FactsOf(Role role, ServerSettings server) => new(
        role.Title,
        role.User == RoleUser.Keys ? server.KeyUser : server.User,
        [.. Enum.GetValues<Namespaces>().Where(one => one != Interop.LibC.Namespaces.None && role.Namespaces.HasFlag(one)).Select(Word)],
        (role.HasEmptyRoot ? "empty root; " : "the machine's root; ") + (role.KeepsFilesBelow != LandlockFiles.None
            ? "Landlock: no file but those of its directory, and none is executed"
            : role.KeepsFiles.HasFlag(LandlockFiles.ReadFile)
            ? "Landlock: no file is executed, no directory, device or socket made"
            : "Landlock: no file is read, written, made or executed"),
        (role.Namespaces.HasFlag(Interop.LibC.Namespaces.Network) ? "empty network; " : "the machine's network; ")
            + "Landlock: no TCP port bound" + (role.KeepsNetwork.HasFlag(LandlockNetwork.ConnectTcp) ? "" : ", no TCP connection made")
            + (role.Calls.Any(call => call.Name == "socket") ? "" : "; makes no socket"),
        "none, and none to be had",
        [.. role.Limits.Select(limit => new LimitFacts(Word(limit.Resource), limit.Value, limit.Reason))],
        [.. role.Calls.Select(call => new CallFacts(call.Name, Word(call.Condition), call.Reason))]);

    private static string Word(Namespaces one) => one switch
    {
        Interop.LibC.Namespaces.Network => "network",
        Interop.LibC.Namespaces.Ipc => "ipc",
        _ => "host name",
    };

    private static string Word(Resource resource) => resource switch
    {
        Resource.FileSize => "file size",
        Resource.Core => "core file",
        Resource.Processes => "processes and threads",
        Resource.Descriptors => "descriptors",
        Resource.LockedMemory => "locked memory",
        Resource.MessageQueues => "message queues",
        _ => "real-time priority",
    };

    private static string Word(Condition condition) => condition switch
    {
        Condition.NotExecutable => "not executable",
        Condition.ThreadOnly => "a thread only",
        Condition.StreamFamilies => "TCP or a unix path",
        Condition.InternetFamilies => "TCP or UDP",
        Condition.OwnProcess => "to its own process",
        Condition.ChildOnly => "a child only",
        Condition.OneKilled => "SIGKILL to one process",
        Condition.UnixFamily => "unix",
        Condition.FilterOnly => "a filter more",
        Condition.SendToConnected or Condition.SendMessageConnected => "connects nothing",
        _ => "",
    };
}
