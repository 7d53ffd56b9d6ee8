using System.Collections.Immutable;
using Postern.Interop.LibC;
using Postern.Roles.Dialer;
using Postern.Roles.KeyAgent;
using Postern.Roles.KeyAgent.Tokens;
using Postern.Roles.Nursery;
using Postern.Roles.Porter;
using Postern.Roles.Recorder;
using Postern.Roles.Resolver;
using Postern.Roles.Worker;

namespace Postern.Roles.Sandbox;

/// <summary>The roles, each declared once. A new one is a new entry here and its main function.</summary>
public static class RoleList
{
    /// <summary>A socket for each worker of its generation, of which there are some hundred at the most, and for those that took a dead one's place.</summary>
    private const ulong ClientDescriptors = 2048;

    /// <summary>A thread for each worker of the generations that still drain; the kernel counts all of the user's.</summary>
    private const ulong ClientThreads = 16 * 1024;

    /// <summary>Some keys of a few hundred octets, with what is known of each.</summary>
    private const ulong MaxKeyFile = 1024 * 1024;

    private const Namespaces Alone = Namespaces.Network | Namespaces.Ipc | Namespaces.HostName;

    /// <summary>SoftHSM writes locks and counters; devices are what some modules open for reading and writing.</summary>
    private const LandlockFiles ModuleFiles = LandlockFiles.ReadFile | LandlockFiles.WriteFile | LandlockFiles.ReadDirectory
        | LandlockFiles.MakeFile | LandlockFiles.RemoveFile | LandlockFiles.Truncate | LandlockFiles.ResolveUnix;

    private static readonly ImmutableArray<RoleLimit> s_nothingButFiles =
    [
        new(Resource.Core, 0, "no memory in a core file"),
        new(Resource.MessageQueues, 0, "none is used"),
        new(Resource.RealTimePriority, 0, "no role displaces the machine's other programs"),
    ];

    private static readonly ImmutableArray<RoleLimit> s_nothing =
        [.. s_nothingButFiles, new(Resource.FileSize, 0, "no file grows, nor does anonymous memory that could be executed")];

    private static readonly RoleLimit s_clientThreads =
        new(Resource.Processes, ClientThreads, "a thread for each worker; the kernel counts all of the user's");

    public static Role KeyAgent { get; } = new()
    {
        Name = KeyAgentRole.Name,
        Title = "key agent",
        Run = KeyAgentRole.Run,
        User = RoleUser.Keys,
        Calls = RoleCalls.KeyAgent,
        Namespaces = Alone,
        HasEmptyRoot = true,
        StartsWith = Capability.LockMemory,
        Limits = [.. s_nothing, new(Resource.Descriptors, ClientDescriptors, "a socket for each worker"), s_clientThreads],
    };

    /// <summary>
    /// What a token's module needs is its vendor's secret: files wherever they lie, pcscd's unix socket, a device in the
    /// network. What is left of the sandbox is the user, no right to anything more, and the list of calls.
    /// </summary>
    public static Role KeyAgentWithToken { get; } = new()
    {
        Name = KeyAgentRole.NameWithToken,
        Title = "key agent with a token",
        Run = KeyAgentRole.RunWithToken,
        User = RoleUser.Keys,
        Calls = RoleCalls.KeyAgentWithToken,
        Namespaces = Namespaces.Ipc | Namespaces.HostName,
        HasEmptyRoot = false,
        KeepsFiles = ModuleFiles,
        KeepsNetwork = LandlockNetwork.ConnectTcp,
        StartsWith = Capability.LockMemory,
        Limits = [.. s_nothingButFiles, new(Resource.Descriptors, ClientDescriptors, "a socket for each worker, and what a module opens"), s_clientThreads],
    };

    /// <summary>The same for a moment: postern check starts it.</summary>
    public static Role TokenCheck { get; } = KeyAgentWithToken with
    {
        Name = TokenCheckRole.Name,
        Title = "token check",
        Run = TokenCheckRole.Run,
        StartsWith = Capability.None,
    };

    public static Role Dialer { get; } = new()
    {
        Name = DialerRole.Name,
        Title = "dialer",
        Run = DialerRole.Run,
        User = RoleUser.Ordinary,
        Calls = RoleCalls.Dialer,
        UsesOpenSsl = false,

        // It connects to backends: in the machine's network, and to unix sockets by their path.
        Namespaces = Namespaces.Ipc | Namespaces.HostName,
        HasEmptyRoot = false,
        KeepsFiles = LandlockFiles.ResolveUnix,
        KeepsNetwork = LandlockNetwork.ConnectTcp,
        Limits = [.. s_nothing, s_clientThreads],
    };

    public static Role Worker { get; } = new()
    {
        Name = WorkerRole.Name,
        Title = "worker",
        Run = WorkerRole.Run,
        User = RoleUser.Ordinary,
        Calls = RoleCalls.Worker,

        // Its listeners stay in the network where they were made, and so does what they accept.
        Namespaces = Alone,
        HasEmptyRoot = true,
        Limits = [.. s_nothing, new(Resource.Processes, 0, "no thread more, and no process", AtTheEnd: true)],
    };

    public static Role Porter { get; } = new()
    {
        Name = PorterRole.Name,
        Title = "porter",
        Run = PorterRole.Run,
        User = RoleUser.Ordinary,
        Calls = RoleCalls.Porter,
        Namespaces = Alone,
        HasEmptyRoot = true,
        Limits = [.. s_nothing, new(Resource.Processes, 0, "no thread more, and no process", AtTheEnd: true)],
    };

    /// <summary>Its rooms inherit all of it, and have fewer system calls (<see cref="RoleCalls.Room"/>).</summary>
    public static Role Nursery { get; } = new()
    {
        Name = NurseryRole.Name,
        Title = "nursery",
        Run = NurseryRole.Run,
        User = RoleUser.Ordinary,
        Calls = RoleCalls.Nursery,
        Namespaces = Alone,
        HasEmptyRoot = true,
        Limits = [.. s_nothing],
    };

    /// <summary>It needs the names of its directory, and nothing else of a root: Landlock leaves it no other path.</summary>
    public static Role Recorder { get; } = new()
    {
        Name = RecorderRole.Name,
        Title = "recorder",
        Run = RecorderRole.Run,
        User = RoleUser.Ordinary,
        Calls = RoleCalls.Recorder,
        Namespaces = Alone,
        HasEmptyRoot = false,
        KeepsFilesBelow = LandlockFiles.ReadFile | LandlockFiles.WriteFile | LandlockFiles.ReadDirectory
            | LandlockFiles.MakeFile | LandlockFiles.RemoveFile | LandlockFiles.Truncate,
        Limits = [.. s_nothingButFiles, s_clientThreads],
    };

    /// <summary>
    /// It asks the DNS and policy hosts: in the machine's network, by UDP and TCP. libunbound keeps the root's keys current in a
    /// file of one directory (RFC 5011), and puts a new one in its place.
    /// </summary>
    public static Role Resolver { get; } = new()
    {
        Name = ResolverRole.Name,
        Title = "resolver",
        Run = ResolverRole.Run,
        User = RoleUser.Ordinary,
        Calls = RoleCalls.Resolver,
        Namespaces = Namespaces.Ipc | Namespaces.HostName,
        HasEmptyRoot = false,
        KeepsFilesBelow = LandlockFiles.ReadFile | LandlockFiles.WriteFile | LandlockFiles.MakeFile | LandlockFiles.RemoveFile | LandlockFiles.Truncate,
        KeepsNetwork = LandlockNetwork.ConnectTcp,
        Limits = [.. s_nothingButFiles, new(Resource.FileSize, MaxKeyFile, "the file of the root's keys"), s_clientThreads],
    };

    public static ImmutableArray<Role> All { get; } = [KeyAgent, KeyAgentWithToken, TokenCheck, Dialer, Worker, Porter, Nursery, Resolver, Recorder];

    public static Role? Find(string name) => All.FirstOrDefault(role => role.Name == name);
}
