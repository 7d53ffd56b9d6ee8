using Postern.Configuration.Settings;
using Postern.Interop.LibC;

namespace Postern.Configuration;

/// <summary>The users that roles are to run as and that the machine does not have. Asked by root only: nobody else changes users.</summary>
public static class MissingUsers
{
    /// <summary>The key of the configuration, and the user that it names.</summary>
    public static IEnumerable<(string Key, string User)> Of(ServerSettings server)
    {
        ArgumentNullException.ThrowIfNull(server);
        (string Key, string User)[] users = Privilege.IsRoot ? [("server.user", server.User), ("server.key-user", server.KeyUser)] : [];
        return users.Where(named => Privilege.FindUser(named.User) is null);
    }

    /// <summary>What to do about it.</summary>
    public static string Remedy(string user) => $"make it with: useradd --system --no-create-home --shell /usr/sbin/nologin {user}";
}
