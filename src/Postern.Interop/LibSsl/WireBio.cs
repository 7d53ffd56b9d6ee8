using System.Runtime.InteropServices;

namespace Postern.Interop.LibSsl;

/// <summary>
/// The BIO between OpenSSL and a <see cref="TlsWire"/>: memory in, memory out, no system call. It never says "end of
/// file": whether a connection ended, and whether that was a truncation, is the engine's to decide.
/// </summary>
internal static unsafe class WireBio
{
    private const int SourceSink = 0x0400;
    private const int FlagRead = 0x01;
    private const int FlagWrite = 0x02;
    private const int FlagShouldRetry = 0x08;
    private const int FlagsAll = 0x0f;
    private const int ControlFlush = 11;

    private static readonly nint Method = NewMethod();

    /// <summary>One BIO, with one reference: for who reads and writes by the same one, SSL_set_bio(3) makes the second itself.</summary>
    public static nint New(TlsWire wire)
    {
        nint bio = NativeLibCrypto.BIO_new(Method);
        NativeLibCrypto.BIO_set_data(bio, wire.Native);
        NativeLibCrypto.BIO_set_init(bio, 1);
        return bio;
    }

    private static nint NewMethod()
    {
        fixed (byte* name = "postern wire\0"u8)
        {
            nint method = NativeLibCrypto.BIO_meth_new(100 | SourceSink, name);
            _ = NativeLibCrypto.BIO_meth_set_read(method, &Read);
            _ = NativeLibCrypto.BIO_meth_set_write(method, &Write);
            _ = NativeLibCrypto.BIO_meth_set_ctrl(method, &Control);
            return method;
        }
    }

    // Nothing below allocates or throws: no exception may cross back into C.
    [UnmanagedCallersOnly]
    private static int Read(nint bio, byte* destination, int length)
    {
        NativeLibCrypto.BIO_clear_flags(bio, FlagsAll);
        var state = (TlsWire.State*)NativeLibCrypto.BIO_get_data(bio);
        int available = state->IncomingLength - state->IncomingRead;
        if (available == 0 || length <= 0)
        {
            NativeLibCrypto.BIO_set_flags(bio, FlagRead | FlagShouldRetry);
            return -1;
        }

        int count = Math.Min(length, available);
        NativeMemory.Copy(state->Incoming + state->IncomingRead, destination, (nuint)count);
        state->IncomingRead += count;
        return count;
    }

    [UnmanagedCallersOnly]
    private static int Write(nint bio, byte* source, int length)
    {
        NativeLibCrypto.BIO_clear_flags(bio, FlagsAll);
        var state = (TlsWire.State*)NativeLibCrypto.BIO_get_data(bio);
        if (length <= 0 || length > TlsWire.OutgoingSize - state->OutgoingLength)
        {
            NativeLibCrypto.BIO_set_flags(bio, FlagWrite | FlagShouldRetry);
            return -1;
        }

        NativeMemory.Copy(source, state->Outgoing + state->OutgoingLength, (nuint)length);
        state->OutgoingLength += length;
        return length;
    }

    [UnmanagedCallersOnly]
    private static nint Control(nint bio, int command, nint argument, void* pointer) => command == ControlFlush ? 1 : 0;
}
