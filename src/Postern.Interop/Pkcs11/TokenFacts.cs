using System.Runtime.InteropServices;
using System.Text;

namespace Postern.Interop.Pkcs11;

/// <summary>A token as it describes itself. Foreign text: to be escaped before it is shown.</summary>
public sealed record TokenFacts(ulong Slot, string Label, string Manufacturer, string Model, string Serial, TokenFlags Flags);

/// <summary>CKF_… of CK_TOKEN_INFO.</summary>
[Flags]
public enum TokenFlags : ulong
{
    None = 0,
    LoginRequired = 1UL << 2,
    UserPinInitialized = 1UL << 3,

    /// <summary>The PIN is typed at the reader itself.</summary>
    ProtectedAuthenticationPath = 1UL << 8,
    Initialized = 1UL << 10,

    /// <summary>A wrong PIN was tried since the last right one.</summary>
    UserPinCountLow = 1UL << 16,

    /// <summary>One more wrong PIN locks the token.</summary>
    UserPinFinalTry = 1UL << 17,
    UserPinLocked = 1UL << 18,
}

/// <summary>A private key of a token.</summary>
/// <param name="Handle">What the module calls it, as long as the token stays.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct TokenKeyFacts(ulong Handle, TokenKeyType Type, string Label, string Id, bool MaySign, bool AsksEachTime);

/// <summary>CKA_KEY_TYPE.</summary>
public enum TokenKeyType : ulong
{
    Rsa = 0,
    Ec = 3,
    EcEdwards = 0x40,
}

internal static class PaddedText
{
    /// <summary>Blanks at the end are padding; a module that pads with NULs is understood too.</summary>
    public static string Read(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text.TrimEnd(" \0"u8));
}
