namespace Postern.Interop.LibSsl;

/// <summary>
/// openssl.cnf, which must have no word here: what a gate accepts stands in its own configuration, and a file that the
/// key agent's OpenSSL reads could load code beside the keys.
/// </summary>
public static class OpenSslConfiguration
{
    private const ulong InitNoLoadConfig = 0x80;

    /// <summary>
    /// To be the first call to OpenSSL in a process: any other would read the file, once and for all, also those that
    /// the runtime's own cryptography makes (OPENSSL_init_crypto(3)). Hence it stands first in Main, for every role that uses OpenSSL.
    /// </summary>
    public static void Ignore() => _ = NativeLibCrypto.OPENSSL_init_crypto(InitNoLoadConfig, 0);
}
