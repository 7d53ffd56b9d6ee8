using System.Runtime.InteropServices;

namespace Postern.Interop.Pkcs11;

/// <summary>
/// CK_FUNCTION_LIST of PKCS #11 2.40: a version, then 68 functions in an order that never changes. Those that are called
/// from here. CK_ULONG is an unsigned long, and structs are laid out as C does it; only Windows packs them.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 8 + (68 * 8))]
internal unsafe struct FunctionList
{
    [FieldOffset(0)]
    public byte Major;

    [FieldOffset(1)]
    public byte Minor;

    [FieldOffset(8)]
    public delegate* unmanaged<InitializeArguments*, CryptokiResult> Initialize;

    [FieldOffset(16)]
    public delegate* unmanaged<void*, CryptokiResult> Finalize;

    [FieldOffset(40)]
    public delegate* unmanaged<byte, ulong*, ulong*, CryptokiResult> GetSlotList;

    [FieldOffset(56)]
    public delegate* unmanaged<ulong, TokenInfo*, CryptokiResult> GetTokenInfo;

    [FieldOffset(104)]
    public delegate* unmanaged<ulong, ulong, void*, void*, ulong*, CryptokiResult> OpenSession;

    [FieldOffset(112)]
    public delegate* unmanaged<ulong, CryptokiResult> CloseSession;

    [FieldOffset(120)]
    public delegate* unmanaged<ulong, CryptokiResult> CloseAllSessions;

    [FieldOffset(152)]
    public delegate* unmanaged<ulong, ulong, byte*, ulong, CryptokiResult> Login;

    [FieldOffset(200)]
    public delegate* unmanaged<ulong, ulong, ObjectAttribute*, ulong, CryptokiResult> GetAttributeValue;

    [FieldOffset(216)]
    public delegate* unmanaged<ulong, ObjectAttribute*, ulong, CryptokiResult> FindObjectsInit;

    [FieldOffset(224)]
    public delegate* unmanaged<ulong, ulong*, ulong, ulong*, CryptokiResult> FindObjects;

    [FieldOffset(232)]
    public delegate* unmanaged<ulong, CryptokiResult> FindObjectsFinal;

    [FieldOffset(344)]
    public delegate* unmanaged<ulong, Mechanism*, ulong, CryptokiResult> SignInit;

    [FieldOffset(352)]
    public delegate* unmanaged<ulong, byte*, ulong, byte*, ulong*, CryptokiResult> Sign;

    /// <summary>A module that leaves one out cannot be used.</summary>
    public readonly bool IsWhole =>
        Initialize != null && Finalize != null && GetSlotList != null && GetTokenInfo != null && OpenSession != null && CloseSession != null
        && CloseAllSessions != null && Login != null && GetAttributeValue != null && FindObjectsInit != null
        && FindObjects != null && FindObjectsFinal != null && SignInit != null && Sign != null;
}

/// <summary>CK_C_INITIALIZE_ARGS</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct InitializeArguments
{
    public void* CreateMutex;
    public void* DestroyMutex;
    public void* LockMutex;
    public void* UnlockMutex;
    public ulong Flags;
    public void* Reserved;
}

/// <summary>CK_TOKEN_INFO: texts are padded with blanks, not ended by a NUL.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct TokenInfo
{
    public fixed byte Label[32];
    public fixed byte Manufacturer[32];
    public fixed byte Model[16];
    public fixed byte Serial[16];
    public ulong Flags;
    public fixed ulong Counts[10];
    public fixed byte HardwareVersion[2];
    public fixed byte FirmwareVersion[2];
    public fixed byte UtcTime[16];
}

/// <summary>CK_ATTRIBUTE</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ObjectAttribute
{
    public ulong Type;
    public void* Value;
    public ulong Length;
}

/// <summary>CK_MECHANISM</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Mechanism
{
    public ulong Type;
    public void* Parameter;
    public ulong ParameterLength;
}

/// <summary>CK_RSA_PKCS_PSS_PARAMS</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PssParameters
{
    public ulong Hash;
    public ulong MaskGeneration;
    public ulong SaltLength;
}

/// <summary>How a module is opened: dlopen(3). NativeLibrary would do it too, but tells of a failure by an exception.</summary>
internal static unsafe partial class NativeLoader
{
    public const int ResolveNow = 2;

    [LibraryImport("libc")]
    public static partial nint dlopen(byte* path, int flags);

    [LibraryImport("libc")]
    public static partial nint dlsym(nint library, byte* name);

    [LibraryImport("libc")]
    public static partial byte* dlerror();
}
