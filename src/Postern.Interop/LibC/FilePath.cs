using System.Text;

namespace Postern.Interop.LibC;

/// <summary>The few things done to paths of unix sockets.</summary>
public static unsafe class FilePath
{
    /// <summary>Removes a name; 0, or minus errno.</summary>
    public static int Unlink(string path)
    {
        fixed (byte* p = Encoding.UTF8.GetBytes(path + "\0"))
            return NativeLibC.Result(NativeLibC.unlink(p));
    }

    /// <summary>Sets the mode bits; 0, or minus errno.</summary>
    public static int SetMode(string path, uint mode)
    {
        fixed (byte* p = Encoding.UTF8.GetBytes(path + "\0"))
            return NativeLibC.Result(NativeLibC.chmod(p, mode));
    }
}
