using Postern.Configuration.Settings;
using Postern.Interop.LibC;
using Postern.Roles.Ipc;

namespace Postern.Roles.Sandbox;

/// <summary>
/// What runs between the supervisor and a role: restricts its own thread, and becomes the role by exec, so that no thread
/// of the role has ever been without (docs/adr/0016-launch.md).
/// <para>Purpose: namespaces and Landlock belong to threads, and the runtime has more than one before its first line.</para>
/// <para>Trust: the supervisor.</para>
/// <para>Privilege: the supervisor's, of which it keeps what the role's start needs.</para>
/// <para>Failure: the role does not start, or says what it does without.</para>
/// </summary>
public static class Launcher
{
    public const string Name = "launch";

    private const string Self = "/proc/self/exe";

    /// <summary>The capabilities that <see cref="RoleSandbox"/> needs, and gives up.</summary>
    private const Capability ToEnter = Capability.SetUser | Capability.SetGroup | Capability.SetCapabilities;

    /// <summary>For the supervisor: starts a role, whose end of the channel this is. Pid, or minus errno.</summary>
    public static int Start(string role, ServerSettings server, int channel)
    {
        ArgumentNullException.ThrowIfNull(server);
        string user = RoleList.Find(role)!.User == RoleUser.Keys ? server.KeyUser : server.User;
        return ChildProcess.Start(Self, [Name, role, user, server.Sandbox == SandboxDemand.Required ? "required" : "available"], channel);
    }

    /// <summary>Returns only when there is no role.</summary>
    public static int Run(Role role, string user, bool required)
    {
        ArgumentNullException.ThrowIfNull(role);
        var channel = new Channel(Channel.InheritedFd);
        Launched.Ids? ids = null;
        if (Privilege.IsRoot)
        {
            if (Privilege.FindUser(user) is not { } found)
                return RoleStart.Fail(channel, $"the user {user} does not exist");
            ids = new Launched.Ids(found.UserId, found.GroupId);
        }

        string lacking = Restrict(role, ids is not null);
        if (required && RoleSandbox.Refusal(role, ids is not null, lacking) is { } refusal)
            return RoleStart.Fail(channel, refusal);

        int error = ChildProcess.Replace(Self, new Launched(ids, required, lacking).Write(role.Name));
        return RoleStart.Fail(channel, $"the {role.Title} cannot be started: {Errno.Describe(error)}");
    }

#if POSTERN_PROBE
    private static int FirstToClose(Role role) => Probe.SandboxProbe.Prepare(role.Name);
#else
    private static int FirstToClose(Role _) => Channel.InheritedFd + 1;
#endif

    private static string Restrict(Role role, bool asRoot)
    {
        var shortfall = new Shortfall();
        Privilege.IgnoreGroupSignals();
        Surroundings.LeaveTerminal();
        for (int standard = 0; standard < 2; standard++)
            Surroundings.Silence(standard);
        shortfall.Try(Layers.Descriptors, () => Surroundings.CloseFrom(FirstToClose(role)));
        if (asRoot)
        {
            shortfall.Try(Layers.Namespaces, () => Surroundings.Leave(role.Namespaces));
            Capability root = role.HasEmptyRoot ? Capability.ChangeRoot : Capability.None;
            shortfall.Try(Layers.Capabilities, () => Capabilities.KeepAtMost(ToEnter | root | role.StartsWith));
        }

        shortfall.Try(Layers.Limits, () => RoleSandbox.Limit(role, atTheEnd: false));
        shortfall.Try(Layers.Landlock, () =>
        {
            int result = Privilege.ForbidGain();
            return result < 0 ? result : Landlock.Restrict(StartFiles.Places().AsSpan(), role.KeepsFiles | role.KeepsFilesBelow, role.KeepsNetwork);
        });
        return shortfall.Text;
    }
}
