using System.Runtime.InteropServices;

namespace Postern.Interop.LibSsl;

/// <summary>A client's certificate: OpenSSL's whole verification first, then the gate's list of clients.</summary>
internal static unsafe class ClientVerifyCallback
{
    private const int ErrorApplicationVerification = 50;

    [UnmanagedCallersOnly]
    public static int Run(nint storeContext, void* argument)
    {
        try
        {
            if (NativeLibCrypto.X509_verify_cert(storeContext) != 1)
                return 0;

            var server = (TlsServer)GCHandle.FromIntPtr((nint)argument).Target!;
            if (server.Settings.ClientAllowList!.Has(NativeLibCrypto.X509_STORE_CTX_get0_cert(storeContext)))
                return 1;
        }
#pragma warning disable CA1031 // No exception may cross into C.
        catch (Exception)
#pragma warning restore CA1031
        {
            // As any other that is not on the list.
        }

        NativeLibCrypto.X509_STORE_CTX_set_error(storeContext, ErrorApplicationVerification);
        return 0;
    }
}
