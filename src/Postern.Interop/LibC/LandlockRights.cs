namespace Postern.Interop.LibC;

/// <summary>LANDLOCK_ACCESS_FS_*: what Landlock can take away of the file system.</summary>
[Flags]
public enum LandlockFiles : ulong
{
    None = 0,
    Execute = 1 << 0,
    WriteFile = 1 << 1,
    ReadFile = 1 << 2,
    ReadDirectory = 1 << 3,
    RemoveDirectory = 1 << 4,
    RemoveFile = 1 << 5,
    MakeCharacterDevice = 1 << 6,
    MakeDirectory = 1 << 7,
    MakeFile = 1 << 8,
    MakeSocket = 1 << 9,
    MakePipe = 1 << 10,
    MakeBlockDevice = 1 << 11,
    MakeSymbolicLink = 1 << 12,

    /// <summary>Version 2: link or rename between directories.</summary>
    Refer = 1 << 13,

    /// <summary>Version 3.</summary>
    Truncate = 1 << 14,

    /// <summary>Version 5: ioctl(2) on a device.</summary>
    DeviceControl = 1 << 15,

    /// <summary>Version 9: connect to a unix socket by its path. What older kernels cannot take away.</summary>
    ResolveUnix = 1 << 16,
}

/// <summary>LANDLOCK_ACCESS_NET_*: version 4. Sockets that stand already are not touched.</summary>
[Flags]
public enum LandlockNetwork : ulong
{
    None = 0,
    BindTcp = 1 << 0,
    ConnectTcp = 1 << 1,
}

/// <summary>LANDLOCK_SCOPE_*: version 6. Nothing of this kind reaches a process outside of the layer.</summary>
[Flags]
public enum LandlockScopes : ulong
{
    None = 0,
    AbstractUnixSocket = 1 << 0,
    Signal = 1 << 1,
}

/// <summary>Which rights came with which version: a kernel refuses a ruleset with one that it does not know.</summary>
public static class LandlockRights
{
    /// <summary>The last version that this program knows. A later one has these rights too.</summary>
    public const int LastVersion = 9;

    private const LandlockFiles First = (LandlockFiles)((1 << 13) - 1);

    public static LandlockFiles Files(int version) =>
        First
        | (version >= 2 ? LandlockFiles.Refer : 0)
        | (version >= 3 ? LandlockFiles.Truncate : 0)
        | (version >= 5 ? LandlockFiles.DeviceControl : 0)
        | (version >= 9 ? LandlockFiles.ResolveUnix : 0);

    public static LandlockNetwork Network(int version) =>
        version >= 4 ? LandlockNetwork.BindTcp | LandlockNetwork.ConnectTcp : 0;

    public static LandlockScopes Scopes(int version) =>
        version >= 6 ? LandlockScopes.AbstractUnixSocket | LandlockScopes.Signal : 0;

    /// <summary>What a kernel of this version cannot take away, for a person.</summary>
    public static IEnumerable<string> Lacking(int version)
    {
        if (version < 3)
            yield return "truncation of files";
        if (version < 4)
            yield return "TCP";
        if (version < 6)
            yield return "signals and abstract unix sockets";
        if (version < 9)
            yield return "unix sockets by path";
    }
}
