using System.Runtime.InteropServices;

namespace Postern.Interop.LibSsl;

/// <summary>OpenSSL's error queue of this thread, in words.</summary>
internal static unsafe class OpenSslError
{
    // Reason strings are static in the library: one managed copy of each is enough for the life of the process.
    [ThreadStatic]
    private static Dictionary<nint, string>? s_known;

    /// <summary>The oldest reason in the queue; the queue is empty afterwards.</summary>
    public static string Take() => Take(out _);

    /// <param name="error">Its packed code (ERR_GET_LIB, ERR_GET_REASON); 0 when the queue was empty.</param>
    public static string Take(out ulong error)
    {
        error = NativeLibCrypto.ERR_peek_error();
        NativeLibCrypto.ERR_clear_error();
        if (error == 0)
            return "unknown error";

        byte* reason = NativeLibCrypto.ERR_reason_error_string(error);
        return reason == null ? "unknown error" : StaticText(reason);
    }

    /// <summary>A managed copy, made once, of a text that lives as long as the library.</summary>
    public static string StaticText(byte* text)
    {
        s_known ??= [];
        if (!s_known.TryGetValue((nint)text, out string? known))
        {
            known = Marshal.PtrToStringUTF8((nint)text) ?? "";
            s_known.Add((nint)text, known);
        }

        return known;
    }
}
