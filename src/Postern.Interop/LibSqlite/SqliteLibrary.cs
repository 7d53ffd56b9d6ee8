using System.Runtime.InteropServices;

namespace Postern.Interop.LibSqlite;

/// <summary>Whether libsqlite3 is there: programs of ours start without it, and only who keeps something of outbound mail asks.</summary>
public static class SqliteLibrary
{
    /// <param name="problem">What to install; empty when it is there.</param>
    public static bool TryLoad(out string problem)
    {
        bool loaded = NativeLibrary.TryLoad(NativeSqlite.Library, out _);
        problem = loaded
            ? ""
            : $"{NativeSqlite.Library} cannot be loaded, which keeps what is known of domains: install it (Debian, Ubuntu: apt-get install libsqlite3-0)";
        return loaded;
    }
}
