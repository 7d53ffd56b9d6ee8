using Postern.Interop.LibC;

namespace Postern.Roles.Sandbox;

/// <summary>Puts a role into its sandbox: the last thing before it serves, and for good. The launcher has begun it.</summary>
public static class RoleSandbox
{
    /// <summary>Said once for all roles.</summary>
    private const string WithoutRoot = "posternd was not started by root: no role has a user, namespaces or a root directory of its own";

    /// <summary>Null when the role may serve.</summary>
    /// <param name="role">Which.</param>
    /// <param name="launched">What the launcher said.</param>
    /// <param name="notice">What it does without; empty when nothing.</param>
    /// <param name="load">What loads code and is to be done by the role's user: with everything but the filter in place.</param>
    /// <param name="directory">Where <see cref="Role.KeepsFilesBelow"/> holds.</param>
    public static string? Enter(Role role, Launched launched, out string notice, Action? load = null, string? directory = null)
    {
        ArgumentNullException.ThrowIfNull(role);
        ArgumentNullException.ThrowIfNull(launched);
        notice = "";
        var shortfall = new Shortfall(launched.Lacking);
        if (launched.User is { } user)
        {
            if (role.HasEmptyRoot)
                shortfall.Try(Layers.EmptyRoot, EmptyRoot.Enter);
            shortfall.Try(Layers.Capabilities, () => EveryThread.Do(() => Capabilities.KeepAtMost(Capability.None)));
            int result = Privilege.BecomeUser(new SystemUser("", user.User, user.Group));
            if (result < 0)
                return $"the {role.Title} cannot become its user: {Errno.Describe(result)}";
        }

        // After the change of user, which makes the process dumpable anew (prctl(2), PR_SET_DUMPABLE).
        Privilege.ForbidGainAndDump();
        LandlockPlace[] own = directory is null ? [] : [new LandlockPlace(directory, role.KeepsFilesBelow)];
        shortfall.Try(Layers.Landlock, () => EveryThread.Do(() => Landlock.Restrict(own, role.KeepsFiles, role.KeepsNetwork)));
#if POSTERN_PROBE
        Probe.SandboxProbe.Begin();
#endif
        load?.Invoke();
        shortfall.Try(Layers.Limits, () => Limit(role, atTheEnd: true));
        shortfall.Try(Layers.Seccomp, () => Seccomp.Install(SeccompProgram.Compile(role.Calls, Seccomp.IsArm64, Environment.ProcessId).AsSpan()));

        notice = Notice(role, launched.User is not null, shortfall.Text);
        return launched.Required ? Refusal(role, launched.User is not null, shortfall.Text) : null;
    }

    /// <summary>Why a role does not start with <c>sandbox = "required"</c>; null when nothing is missing.</summary>
    internal static string? Refusal(Role role, bool asRoot, string lacking) =>
        Notice(role, asRoot, lacking) is { Length: > 0 } notice ? $"[server] sandbox = \"required\": {notice}" : null;

    /// <summary>Sets the role's limits of this time; the first failure, as minus errno.</summary>
    internal static int Limit(Role role, bool atTheEnd)
    {
        foreach (RoleLimit limit in role.Limits)
        {
            if (limit.AtTheEnd != atTheEnd)
                continue;
            int result = Limits.Lower(limit.Resource, limit.Value);
            if (result < 0)
                return result;
        }

        return 0;
    }

    private static string Notice(Role role, bool asRoot, string lacking)
    {
        if (lacking.Length > 0)
            return $"the {role.Title} runs without {lacking}{(asRoot ? "" : "; " + WithoutRoot)}";
        return asRoot ? "" : WithoutRoot;
    }
}
