using Postern.Interop.LibC;

namespace Postern.Roles.Ipc;

/// <summary>What all roles do at their start.</summary>
internal static class RoleStart
{
    /// <summary>Becomes the user, and gives up what could be gained or dumped. Null when it went well.</summary>
    public static string? DropPrivilege(string name)
    {
        if (Privilege.IsRoot)
        {
            if (Privilege.FindUser(name) is not { } user)
                return $"the user {name} does not exist";
            int result = Privilege.BecomeUser(user);
            if (result < 0)
                return $"cannot become {name}: {Errno.Describe(result)}";
        }

        // After the change of user, which makes the process dumpable anew (prctl(2), PR_SET_DUMPABLE).
        Privilege.ForbidGainAndDump();
        return null;
    }

    /// <summary>Tells the supervisor why there is no role; the exit status.</summary>
    public static int Fail(Channel channel, string why)
    {
        _ = channel.Send(new Message(MessageKind.Failed) { Text = why });
        return 1;
    }
}
