namespace Postern.Interop.LibSsl;

/// <summary>OpenSSL's random numbers: a process that has been forked draws others than its parent.</summary>
public static unsafe class RandomNumber
{
    /// <summary>Bytes that nobody can guess.</summary>
    public static void Fill(Span<byte> bytes)
    {
        fixed (byte* p = bytes)
        {
            if (NativeLibCrypto.RAND_bytes(p, bytes.Length) != 1)
                throw new InvalidOperationException("OpenSSL has no random numbers: " + OpenSslError.Take());
        }
    }

    /// <summary>Eight bytes that nobody can guess.</summary>
    public static ulong Draw()
    {
        ulong number;
        return NativeLibCrypto.RAND_bytes((byte*)&number, sizeof(ulong)) == 1
            ? number
            : throw new InvalidOperationException("OpenSSL has no random numbers: " + OpenSslError.Take());
    }
}
