using System.Collections.Immutable;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;

namespace Postern.Interop.LibSsl;

/// <summary>
/// TLS towards servers, verified in the handshake: a server that is not the right one gets an alert and no Finished, and no
/// certificate of ours. There is no way to make one that does not verify.
/// </summary>
public sealed unsafe class TlsClient
{
    private const int VerifyPeer = 1;
    private const ulong OptionNoTicket = 1ul << 14;
    private const int ControlServerName = 55;

    private const uint NoPartialWildcards = 0x4;
    private const uint NeverCheckSubject = 0x20;
    private const nuint PartialChain = 0x80000;
    private const int ErrorApplicationVerification = 50;

    private readonly ImmutableArray<byte[]> _pins;
    private GCHandle _self;

    private TlsClient(nint context, TlsClientSettings settings)
    {
        Context = context;
        Settings = settings;
        _pins = settings.Pins;
        _self = GCHandle.Alloc(this);
        if (!_pins.IsEmpty)
            NativeLibSsl.SSL_CTX_set_cert_verify_callback(context, &VerifyPin, (void*)GCHandle.ToIntPtr(_self));
    }

    public TlsClientSettings Settings { get; }

    internal nint Context { get; }

    /// <summary>Null and a reason when OpenSSL refuses something that the configuration's validators let through.</summary>
    public static TlsClient? Create(TlsClientSettings settings, out string problem)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.TrustPem.Length == 0 && settings.Pins.IsEmpty)
            throw new ArgumentException("Nobody to trust.", nameof(settings));

        // Sessions with servers are not kept: nothing that was verified once may stand for a verification later.
        nint context = TlsContext.New(NativeLibSsl.TLS_client_method(), settings.Tls13Only, OptionNoTicket, out problem);
        if (context == 0)
            return null;

        NativeLibSsl.SSL_CTX_set_verify(context, VerifyPeer, 0);
        nint parameters = NativeLibSsl.SSL_CTX_get0_param(context);

        // RFC 9525 §6.3: one label, the whole of it; §2: a common name is no name (C11).
        NativeLibCrypto.X509_VERIFY_PARAM_set_hostflags(parameters, NoPartialWildcards | NeverCheckSubject);

        // What the operator names as trusted is trusted, and not only when it signed itself: a server's own certificate will do.
        bool ok = NativeLibCrypto.X509_VERIFY_PARAM_set_flags(parameters, PartialChain) == 1;
        nint store = NativeLibSsl.SSL_CTX_get_cert_store(context);
        PemCertificates.ForEach(settings.TrustPem, x509 => ok &= NativeLibCrypto.X509_STORE_add_cert(store, x509) == 1);
        byte[] alpn = TlsContext.WriteAlpn(settings.Alpn);
        fixed (byte* p = alpn)
            ok = ok && (alpn.Length == 0 || NativeLibSsl.SSL_CTX_set_alpn_protos(context, p, (uint)alpn.Length) == 0);
        if (settings.Certificate is { } certificate)
            ok = ok && TlsContext.UseCertificate(context, certificate);
        if (ok)
            return new TlsClient(context, settings);

        _ = TlsContext.Refused(context, out problem);
        return null;
    }

    /// <summary>The one that the certificate must be for: SNI and reference identifier.</summary>
    internal void Expect(nint ssl, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        byte[] bytes = [.. Encoding.ASCII.GetBytes(name), 0];
        bool isAddress = IPAddress.TryParse(name, out _);
        nint parameters = NativeLibSsl.SSL_get0_param(ssl);
        fixed (byte* p = bytes)
        {
            // RFC 6066 §3: "Literal IPv4 and IPv6 addresses are not permitted in HostName".
            bool ok = isAddress
                ? NativeLibCrypto.X509_VERIFY_PARAM_set1_ip_asc(parameters, p) == 1
                : NativeLibCrypto.X509_VERIFY_PARAM_set1_host(parameters, p, (nuint)name.Length) == 1
                    && NativeLibSsl.SSL_ctrl(ssl, ControlServerName, 0, p) == 1;
            if (!ok)
                throw new InvalidOperationException("OpenSSL refuses the name of a server: " + OpenSslError.Take());
        }
    }

    /// <summary>In place of the whole verification, where there are pins. Constant time is not needed: both sides are public.</summary>
    [UnmanagedCallersOnly]
    private static int VerifyPin(nint storeContext, void* argument)
    {
        try
        {
            var client = (TlsClient)GCHandle.FromIntPtr((nint)argument).Target!;
            Span<byte> pin = stackalloc byte[TlsClientSettings.PinLength];
            if (PublicKeyPin.TryCompute(NativeLibCrypto.X509_STORE_CTX_get0_cert(storeContext), pin))
            {
                foreach (byte[] known in client._pins)
                {
                    if (!pin.SequenceEqual(known))
                        continue;

                    NativeLibCrypto.X509_STORE_CTX_set_error(storeContext, 0);
                    return 1;
                }
            }
        }
#pragma warning disable CA1031 // No exception may cross into C.
        catch (Exception)
#pragma warning restore CA1031
        {
            // As any other that is not known.
        }

        NativeLibCrypto.X509_STORE_CTX_set_error(storeContext, ErrorApplicationVerification);
        return 0;
    }
}
