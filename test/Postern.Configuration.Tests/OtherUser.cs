using System.Runtime.InteropServices;

namespace Postern.Configuration.Tests;

/// <summary>
/// While it lives, this thread opens files as somebody who owns nothing (setfsuid(2)), so that what root may not read
/// can be tested by root too. For an ordinary user nothing changes.
/// </summary>
internal sealed class OtherUser : IDisposable
{
    private const uint Nobody = 65534;

    private readonly uint _own = SetFileSystemUser(Nobody);

    public void Dispose() => _ = SetFileSystemUser(_own);

    [DllImport("libc", EntryPoint = "setfsuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint SetFileSystemUser(uint user);
}
