using System.Text;

namespace Postern.Interop.LibC;

/// <summary>The few things done to paths, of unix sockets most of all.</summary>
public static unsafe class FilePath
{
    /// <summary>Removes a name; 0, or minus errno.</summary>
    public static int Unlink(string path)
    {
        fixed (byte* p = Encoding.UTF8.GetBytes(path + "\0"))
            return NativeLibC.Result(NativeLibC.unlink(p));
    }

    /// <summary>
    /// True when a unix socket stands at this path. By statx(2), whose struct is the same on every architecture, as
    /// stat's is not.
    /// </summary>
    public static bool IsSocket(string path)
    {
        const int CurrentDirectory = -100, NoFollow = 0x100, StructSize = 256, ModeOffset = 28;
        const uint MaskType = 1, TypeBits = 0xf000, TypeSocket = 0xc000;
        byte* status = stackalloc byte[StructSize];
        fixed (byte* p = Encoding.UTF8.GetBytes(path + "\0"))
        {
            return NativeLibC.statx(CurrentDirectory, p, NoFollow, MaskType, status) == 0
                && (*(ushort*)(status + ModeOffset) & TypeBits) == TypeSocket;
        }
    }

    /// <summary>From now on this process makes files that only its user may read.</summary>
    public static void MakeOnlyForOwner()
    {
        const uint Others = 0x3f; // 0077
        _ = NativeLibC.umask(Others);
    }

    /// <summary>Sets the mode bits; 0, or minus errno.</summary>
    public static int SetMode(string path, uint mode)
    {
        fixed (byte* p = Encoding.UTF8.GetBytes(path + "\0"))
            return NativeLibC.Result(NativeLibC.chmod(p, mode));
    }
}
