using System.Runtime.InteropServices;

namespace Postern.Interop.LibSsl;

/// <summary>
/// libssl's functions, each declared once. The subset is kept to one that a second library (AWS-LC) could serve;
/// nothing outside this folder sees it.
/// </summary>
internal static unsafe partial class NativeLibSsl
{
    private const string Library = "libssl.so.3";

    // SSL_CTX
    [LibraryImport(Library)]
    public static partial nint TLS_server_method();

    [LibraryImport(Library)]
    public static partial nint TLS_client_method();

    [LibraryImport(Library)]
    public static partial nint SSL_CTX_new(nint method);

    [LibraryImport(Library)]
    public static partial void SSL_CTX_free(nint context);

    [LibraryImport(Library)]
    public static partial nint SSL_CTX_ctrl(nint context, int command, nint argument, void* pointer);

    [LibraryImport(Library)]
    public static partial ulong SSL_CTX_set_options(nint context, ulong options);

    [LibraryImport(Library)]
    public static partial int SSL_CTX_set_cipher_list(nint context, byte* list);

    [LibraryImport(Library)]
    public static partial int SSL_CTX_set_num_tickets(nint context, nuint count);

    [LibraryImport(Library)]
    public static partial int SSL_CTX_set_session_id_context(nint context, byte* id, uint length);

    [LibraryImport(Library)]
    public static partial nint SSL_CTX_set_timeout(nint context, nint seconds);

    [LibraryImport(Library)]
    public static partial int SSL_CTX_use_certificate(nint context, nint certificate);

    [LibraryImport(Library)]
    public static partial int SSL_CTX_use_PrivateKey(nint context, nint key);

    [LibraryImport(Library)]
    public static partial nint SSL_CTX_get_cert_store(nint context);

    [LibraryImport(Library)]
    public static partial void SSL_CTX_set_verify(nint context, int mode, nint callback);

    /// <summary>0 is success here, unlike everywhere else.</summary>
    [LibraryImport(Library)]
    public static partial int SSL_CTX_set_alpn_protos(nint context, byte* names, uint length);

    [LibraryImport(Library)]
    public static partial void SSL_CTX_set_cert_verify_callback(
        nint context, delegate* unmanaged<nint, void*, int> callback, void* argument);

    [LibraryImport(Library)]
    public static partial void SSL_CTX_set_cert_cb(nint context, delegate* unmanaged<nint, void*, int> callback, void* argument);

    [LibraryImport(Library)]
    public static partial int SSL_CTX_dane_enable(nint context);

    [LibraryImport(Library)]
    public static partial int SSL_CTX_set_purpose(nint context, int purpose);

    /// <summary>Borrowed.</summary>
    [LibraryImport(Library)]
    public static partial nint SSL_CTX_get0_param(nint context);

    [LibraryImport(Library)]
    public static partial int SSL_CTX_add_client_CA(nint context, nint certificate);

    [LibraryImport(Library)]
    public static partial void SSL_CTX_set_client_hello_cb(
        nint context, delegate* unmanaged<nint, int*, void*, int> callback, void* argument);

    [LibraryImport(Library)]
    public static partial void SSL_CTX_set_alpn_select_cb(
        nint context, delegate* unmanaged<nint, byte**, byte*, byte*, uint, void*, int> callback, void* argument);

    [LibraryImport(Library)]
    public static partial int SSL_CTX_set_tlsext_ticket_key_evp_cb(
        nint context, delegate* unmanaged<nint, byte*, byte*, nint, nint, int, int> callback);

    // SSL
    [LibraryImport(Library)]
    public static partial void SSL_certs_clear(nint ssl);

    [LibraryImport(Library)]
    public static partial nint SSL_new(nint context);

    [LibraryImport(Library)]
    public static partial void SSL_free(nint ssl);

    [LibraryImport(Library)]
    public static partial ulong SSL_set_options(nint ssl, ulong options);

    [LibraryImport(Library)]
    public static partial int SSL_set_num_tickets(nint ssl, nuint count);

    [LibraryImport(Library)]
    public static partial void SSL_set_bio(nint ssl, nint read, nint write);

    [LibraryImport(Library)]
    public static partial void SSL_set_accept_state(nint ssl);

    [LibraryImport(Library)]
    public static partial void SSL_set_connect_state(nint ssl);

    [LibraryImport(Library)]
    public static partial nint SSL_ctrl(nint ssl, int command, nint argument, void* pointer);

    /// <summary>Borrowed.</summary>
    [LibraryImport(Library)]
    public static partial nint SSL_get0_param(nint ssl);

    [LibraryImport(Library)]
    public static partial void SSL_set_verify(nint ssl, int mode, nint callback);

    /// <summary>One more reference identifier; any one is enough.</summary>
    [LibraryImport(Library)]
    public static partial int SSL_add1_host(nint ssl, byte* name);

    /// <summary>Also sets the name that the certificate must be for, and the SNI where none is set.</summary>
    [LibraryImport(Library)]
    public static partial int SSL_dane_enable(nint ssl, byte* baseDomain);

    [LibraryImport(Library)]
    public static partial nuint SSL_dane_set_flags(nint ssl, nuint flags);

    /// <summary>Positive: usable; 0: not; negative: OpenSSL itself failed.</summary>
    [LibraryImport(Library)]
    public static partial int SSL_dane_tlsa_add(nint ssl, byte usage, byte selector, byte matching, byte* data, nuint length);

    /// <summary>The depth of the match; negative when there is none, or the verification failed. The data is borrowed.</summary>
    [LibraryImport(Library)]
    public static partial int SSL_get0_dane_tlsa(nint ssl, byte* usage, byte* selector, byte* matching, byte** data, nuint* length);

    [LibraryImport(Library)]
    public static partial int SSL_do_handshake(nint ssl);

    [LibraryImport(Library)]
    public static partial int SSL_read(nint ssl, byte* buffer, int length);

    [LibraryImport(Library)]
    public static partial int SSL_write(nint ssl, byte* buffer, int length);

    [LibraryImport(Library)]
    public static partial int SSL_shutdown(nint ssl);

    [LibraryImport(Library)]
    public static partial int SSL_get_shutdown(nint ssl);

    [LibraryImport(Library)]
    public static partial int SSL_get_error(nint ssl, int result);

    [LibraryImport(Library)]
    public static partial nint SSL_set_SSL_CTX(nint ssl, nint context);

    [LibraryImport(Library)]
    public static partial int SSL_client_hello_get0_ext(nint ssl, uint type, byte** data, nuint* length);

    [LibraryImport(Library)]
    public static partial byte* SSL_get_version(nint ssl);

    [LibraryImport(Library)]
    public static partial int SSL_version(nint ssl);

    [LibraryImport(Library)]
    public static partial nint SSL_get_current_cipher(nint ssl);

    [LibraryImport(Library)]
    public static partial byte* SSL_CIPHER_get_name(nint cipher);

    /// <summary>Its two bytes in the protocol.</summary>
    [LibraryImport(Library)]
    public static partial ushort SSL_CIPHER_get_protocol_id(nint cipher);

    [LibraryImport(Library)]
    public static partial void SSL_set_read_ahead(nint ssl, int yes);

    [LibraryImport(Library)]
    public static partial int SSL_session_reused(nint ssl);

    [LibraryImport(Library)]
    public static partial nint SSL_get1_peer_certificate(nint ssl);

    /// <summary>Borrowed: a stack of certificates as the peer sent them; facing a server, its own is the first.</summary>
    [LibraryImport(Library)]
    public static partial nint SSL_get_peer_cert_chain(nint ssl);

    [LibraryImport(Library)]
    public static partial nint SSL_get_verify_result(nint ssl);

    /// <summary>Borrowed: the certificate of ours that the handshake used.</summary>
    [LibraryImport(Library)]
    public static partial nint SSL_get_certificate(nint ssl);

    [LibraryImport(Library)]
    public static partial int SSL_export_keying_material(
        nint ssl, byte* output, nuint outputLength, byte* label, nuint labelLength, byte* context, nuint contextLength, int useContext);
}
