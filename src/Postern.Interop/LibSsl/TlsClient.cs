using System.Collections.Immutable;
using Postern.Interop.LibSsl.Demands;

namespace Postern.Interop.LibSsl;

/// <summary>
/// TLS towards servers, verified in the handshake: a server that is not the right one gets an alert and no Finished, and no
/// certificate of ours. What it must show is said for each connection (<see cref="ServerDemand"/>), or for all by the settings;
/// a connection that is to show nothing says so, and gives no <see cref="AuthenticatedPeer"/>.
/// </summary>
public sealed unsafe class TlsClient
{
    private const int VerifyPeer = 1;
    private const ulong OptionNoTicket = 1ul << 14;

    private const uint NoPartialWildcards = 0x4;
    private const uint NeverCheckSubject = 0x20;
    private const nuint PartialChain = 0x80000;

    private TlsClient(nint context, TlsClientSettings settings)
    {
        Context = context;
        Settings = settings;
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
        ok = ok && NativeLibSsl.SSL_CTX_dane_enable(context) == 1;
        nint store = NativeLibSsl.SSL_CTX_get_cert_store(context);
        PemCertificates.ForEach(settings.TrustPem, x509 => ok &= NativeLibCrypto.X509_STORE_add_cert(store, x509) == 1);
        byte[] alpn = TlsContext.WriteAlpn(settings.Alpn);
        fixed (byte* p = alpn)
            ok = ok && (alpn.Length == 0 || NativeLibSsl.SSL_CTX_set_alpn_protos(context, p, (uint)alpn.Length) == 0);
        if (settings.Certificate is { } certificate)
            ok = ok && TlsContext.UseCertificate(context, certificate);
        if (settings is { Certificate: not null, CertificateInTls13Only: true })
            NativeLibSsl.SSL_CTX_set_cert_cb(context, &ClientCertificateCallback.Run, null);
        if (ok)
            return new TlsClient(context, settings);

        _ = TlsContext.Refused(context, out problem);
        return null;
    }

    /// <summary>
    /// A TLSA record (RFC 6698 §2.1) to make a demand of; null when OpenSSL has no use for it: numbers that it does not know, a
    /// digest of another length, what ought to be a certificate or a key and is none.
    /// </summary>
    public DaneRecord? Take(byte usage, byte selector, byte matching, ImmutableArray<byte> data)
    {
        var record = new DaneRecord(usage, selector, matching, data);
        return Verification.Takes(Context, record) ? record : null;
    }

    /// <summary>What the settings want of a server of this name.</summary>
    internal ServerDemand DemandFor(string name) => Settings.Pins.IsEmpty ? ServerDemand.Chain(name, name) : ServerDemand.Keys(name, Settings.Pins);
}
