namespace Postern.Interop.LibC;

/// <summary>Random numbers from the kernel (getrandom(2)), for processes that have no OpenSSL and should not load it for this.</summary>
public static unsafe class KernelRandom
{
    /// <summary>Fills it with bytes that nobody can guess; waits, at a machine's start, until the kernel has such.</summary>
    public static void Fill(Span<byte> bytes)
    {
        fixed (byte* p = bytes)
        {
            nint filled = 0;
            while (filled < bytes.Length)
            {
                nint count = NativeLibC.getrandom(p + filled, bytes.Length - filled, 0);
                if (count > 0)
                    filled += count;
                else if (NativeLibC.Result((int)count) != -Errno.Interrupted)
                    throw new InvalidOperationException("the kernel has no random numbers: " + Errno.Describe(NativeLibC.Result((int)count)));
            }
        }
    }
}
