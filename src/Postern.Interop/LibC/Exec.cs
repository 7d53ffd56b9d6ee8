using System.Runtime.InteropServices;

namespace Postern.Interop.LibC;

/// <summary>Makes this process another program.</summary>
public static unsafe partial class Exec
{
    /// <summary>
    /// Runs <paramref name="path"/> in place of this program: the same process, the same standard input, output and
    /// error; what else is open is close-on-exec. Comes back only when that failed, with minus errno.
    /// </summary>
    public static int Replace(string path, ReadOnlySpan<string> arguments)
    {
        byte** argv = stackalloc byte*[arguments.Length + 2];
        argv[0] = (byte*)Marshal.StringToCoTaskMemUTF8(path);
        for (int i = 0; i < arguments.Length; i++)
            argv[i + 1] = (byte*)Marshal.StringToCoTaskMemUTF8(arguments[i]);
        argv[arguments.Length + 1] = null;

        int result = NativeLibC.Result(execv(argv[0], argv));
        for (int i = 0; i <= arguments.Length; i++)
            Marshal.FreeCoTaskMem((nint)argv[i]);
        return result;
    }

    [LibraryImport("libc")]
    private static partial int execv(byte* path, byte** arguments);
}
