using System.Text;

namespace Postern.Interop.LibC;

/// <summary>A directory that a role keeps something in.</summary>
public static unsafe class OwnedDirectory
{
    /// <summary>Makes it, for its owner alone. One that is there already stays as it is.</summary>
    /// <param name="path">Absolute; the directory above it is there.</param>
    /// <param name="owner">Null: who makes it.</param>
    /// <returns>0, or minus errno.</returns>
    public static int Make(string path, SystemUser? owner)
    {
        const uint OwnerOnly = 0x1c0; // 0700
        fixed (byte* p = Encoding.UTF8.GetBytes(path + "\0"))
        {
            int result = NativeLibC.Result(NativeLibC.mkdir(p, OwnerOnly));
            if (result == -Errno.Exists)
                return 0;

            // Of a link that somebody puts there meanwhile, the link itself is given away and not what it leads to.
            return result < 0 || owner is not { } user ? result : NativeLibC.Result(NativeLibC.lchown(p, user.UserId, user.GroupId));
        }
    }
}
