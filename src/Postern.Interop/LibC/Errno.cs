using System.Runtime.InteropServices;

namespace Postern.Interop.LibC;

/// <summary>
/// Error numbers of Linux (the same on x86-64 and arm64). Calls of this folder return them negated, as the kernel
/// does, so that an expected failure is a value.
/// </summary>
public static class Errno
{
    public const int Perm = 1;
    public const int NoEntry = 2;
    public const int Interrupted = 4;
    public const int Again = 11;
    public const int Access = 13;
    public const int Exists = 17;
    public const int Invalid = 22;
    public const int TooManyFilesInSystem = 23;
    public const int TooManyFiles = 24;
    public const int NoSpace = 28;
    public const int BrokenPipe = 32;
    public const int NoSystemCall = 38;
    public const int AddressInUse = 98;
    public const int AddressNotAvailable = 99;
    public const int ConnectionAborted = 103;
    public const int ConnectionReset = 104;
    public const int NoBuffers = 105;
    public const int NotConnected = 107;
    public const int TimedOut = 110;
    public const int ConnectionRefused = 111;
    public const int HostUnreachable = 113;
    public const int Already = 114;
    public const int InProgress = 115;

    /// <summary>The system's own words for an error, for a message to a person.</summary>
    public static string Describe(int errno) => Marshal.GetPInvokeErrorMessage(Math.Abs(errno));
}
