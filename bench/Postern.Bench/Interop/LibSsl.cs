using System.Runtime.InteropServices;

namespace Postern.Bench.Interop;

/// <summary>The few calls of OpenSSL 3 that a blocking TLS client needs.</summary>
internal static unsafe partial class LibSsl
{
    private const string Ssl = "libssl.so.3";
    private const string Crypto = "libcrypto.so.3";

    internal const int CtrlSetReadAhead = 41;
    internal const int CtrlSetSessionCacheMode = 44;
    internal const int CtrlSetServerName = 55;
    internal const int CtrlSetGroupsList = 92;
    internal const int CtrlSetSignatureAlgorithms = 98;
    internal const int CtrlSetMinimumVersion = 123;
    internal const int CtrlSetMaximumVersion = 124;

    internal const int Tls13 = 0x0304;

    internal const int CacheModeOff = 0;

    /// <summary>SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL: tell us of sessions, keep none.</summary>
    internal const int CacheModeTellOnly = 0x0001 | 0x0300;

    internal const int ErrorWantRead = 2;
    internal const int ErrorZeroReturn = 6;

    [LibraryImport(Ssl)]
    internal static partial nint TLS_client_method();

    [LibraryImport(Ssl)]
    internal static partial nint SSL_CTX_new(nint method);

    [LibraryImport(Ssl)]
    internal static partial void SSL_CTX_free(nint context);

    [LibraryImport(Ssl)]
    internal static partial nint SSL_CTX_ctrl(nint context, int command, nint number, nint pointer);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_ctrl", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint SSL_CTX_ctrl_text(nint context, int command, nint number, string text);

    [LibraryImport(Ssl, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int SSL_CTX_set_ciphersuites(nint context, string list);

    [LibraryImport(Ssl)]
    internal static partial void SSL_CTX_sess_set_new_cb(nint context, delegate* unmanaged[Cdecl]<nint, nint, int> callback);

    [LibraryImport(Ssl)]
    internal static partial nint SSL_new(nint context);

    [LibraryImport(Ssl)]
    internal static partial void SSL_free(nint ssl);

    [LibraryImport(Ssl, EntryPoint = "SSL_ctrl", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint SSL_ctrl_text(nint ssl, int command, nint number, string text);

    [LibraryImport(Ssl)]
    internal static partial int SSL_set_fd(nint ssl, int descriptor);

    [LibraryImport(Ssl)]
    internal static partial void SSL_set0_rbio(nint ssl, nint bio);

    [LibraryImport(Ssl)]
    internal static partial void SSL_set0_wbio(nint ssl, nint bio);

    [LibraryImport(Ssl)]
    internal static partial int SSL_connect(nint ssl);

    [LibraryImport(Ssl)]
    internal static partial int SSL_read(nint ssl, byte* buffer, int count);

    [LibraryImport(Ssl)]
    internal static partial int SSL_write(nint ssl, byte* buffer, int count);

    [LibraryImport(Ssl)]
    internal static partial int SSL_shutdown(nint ssl);

    [LibraryImport(Ssl)]
    internal static partial int SSL_get_error(nint ssl, int result);

    [LibraryImport(Ssl)]
    internal static partial nint SSL_get1_session(nint ssl);

    [LibraryImport(Ssl)]
    internal static partial int SSL_set_session(nint ssl, nint session);

    [LibraryImport(Ssl)]
    internal static partial int SSL_session_reused(nint ssl);

    [LibraryImport(Ssl)]
    internal static partial void SSL_SESSION_free(nint session);

    [LibraryImport(Ssl)]
    internal static partial int SSL_SESSION_is_resumable(nint session);

    [LibraryImport(Crypto)]
    internal static partial nint BIO_s_mem();

    [LibraryImport(Crypto)]
    internal static partial nint BIO_new(nint method);

    [LibraryImport(Crypto)]
    internal static partial int BIO_read(nint bio, byte* buffer, int count);

    [LibraryImport(Crypto)]
    internal static partial int BIO_write(nint bio, byte* buffer, int count);

    [LibraryImport(Crypto)]
    internal static partial void ERR_clear_error();

    [LibraryImport(Crypto)]
    internal static partial ulong ERR_get_error();

    [LibraryImport(Crypto)]
    internal static partial void ERR_error_string_n(ulong code, byte* buffer, nuint size);

    [LibraryImport(Crypto)]
    private static partial nint OpenSSL_version(int type);

    /// <summary>"OpenSSL 3.0.22 25 Aug 2026"</summary>
    internal static string Version => Marshal.PtrToStringUTF8(OpenSSL_version(0)) ?? "OpenSSL";

    /// <summary>The oldest error of this thread in OpenSSL's words, or nothing.</summary>
    internal static string LastError()
    {
        var code = ERR_get_error();
        if (code == 0)
            return "";
        const int Size = 256;
        var text = stackalloc byte[Size];
        ERR_error_string_n(code, text, Size);
        return Marshal.PtrToStringUTF8((nint)text) ?? "";
    }
}
