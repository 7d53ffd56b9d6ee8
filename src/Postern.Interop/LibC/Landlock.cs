using System.Runtime.InteropServices;
using System.Text;

namespace Postern.Interop.LibC;

/// <summary>A place in the file system that a <see cref="Landlock"/> layer leaves open.</summary>
/// <param name="Path">A file or a directory with all below it. One that is not there is passed over.</param>
/// <param name="Access">What stays allowed there.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct LandlockPlace(string Path, LandlockFiles Access);

/// <summary>landlock(7): rights that a thread, and what it starts, gives up for good. No privilege is needed.</summary>
public static unsafe class Landlock
{
    // The same on every architecture.
    private const nint CreateRuleset = 444, AddRule = 445, RestrictSelf = 446;

    private const int AskVersion = 1;
    private const int PathBeneath = 1;

    /// <summary>What can be allowed for something that is no directory; more is EINVAL.</summary>
    private const LandlockFiles OfFile = LandlockFiles.Execute | LandlockFiles.ReadFile;

    /// <summary>The kernel's version of the interface (1 and up), or minus errno: ENOSYS without Landlock, EOPNOTSUPP when it is off.</summary>
    public static int Version() => NativeLibC.Result(NativeLibC.syscall(CreateRuleset, 0, 0, (void*)AskVersion));

    /// <summary>
    /// Takes from the calling thread, and from those that it starts, everything that this kernel's Landlock knows, but
    /// these places and rights. Needs no_new_privs. 0, or minus errno.
    /// </summary>
    public static int Restrict(ReadOnlySpan<LandlockPlace> places, LandlockFiles keepFiles, LandlockNetwork keepNetwork)
    {
        int version = Version();
        if (version < 0)
            return version;

        RulesetAttribute attribute = new()
        {
            Files = LandlockRights.Files(version) & ~keepFiles,
            Network = LandlockRights.Network(version) & ~keepNetwork,
            Scopes = LandlockRights.Scopes(version),
        };

        // An older kernel takes a longer struct as long as what it does not know is zero.
        int ruleset = NativeLibC.Result(NativeLibC.syscall(CreateRuleset, (nint)(&attribute), sizeof(RulesetAttribute), null));
        if (ruleset < 0)
            return ruleset;

        int result = 0;
        foreach (LandlockPlace place in places)
        {
            result = Allow(ruleset, place, attribute.Files);
            if (result is < 0 and not -Errno.NoEntry)
                break;
            result = 0;
        }

        if (result == 0)
            result = NativeLibC.Result(NativeLibC.syscall(RestrictSelf, ruleset, 0, null));
        Descriptor.Close(ruleset);
        return result;
    }

    private static int Allow(int ruleset, LandlockPlace place, LandlockFiles handled)
    {
        const int PathOnly = 0x20_0000, DirectoryOnly = 0x1_0000, NotADirectory = 20;
        fixed (byte* path = Encoding.UTF8.GetBytes(place.Path + "\0"))
        {
            LandlockFiles access = place.Access & handled;
            int fd = NativeLibC.Result(NativeLibC.open(path, PathOnly | Descriptor.CloseOnExec | (IsArm64 ? 0x4000 : DirectoryOnly), 0));
            if (fd == -NotADirectory)
            {
                access &= OfFile;
                fd = NativeLibC.Result(NativeLibC.open(path, PathOnly | Descriptor.CloseOnExec, 0));
            }

            if (fd < 0)
                return fd;

            // Of what is left everywhere nothing is to be allowed here, and a rule that allows nothing is none (ENOMSG).
            PathBeneathAttribute rule = new() { Access = access, Directory = fd };
            int result = access == LandlockFiles.None ? 0 : NativeLibC.Result(NativeLibC.syscall(AddRule, ruleset, PathBeneath, (nint)(&rule), 0, 0, 0));
            Descriptor.Close(fd);
            return result;
        }
    }

    private static bool IsArm64 => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
}

/// <summary>struct landlock_ruleset_attr, as of version 6.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RulesetAttribute
{
    public LandlockFiles Files;
    public LandlockNetwork Network;
    public LandlockScopes Scopes;
}

/// <summary>struct landlock_path_beneath_attr: packed.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct PathBeneathAttribute
{
    public LandlockFiles Access;
    public int Directory;
}
