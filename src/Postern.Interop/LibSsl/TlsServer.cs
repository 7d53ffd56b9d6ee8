using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using Postern.Interop.LibSsl.Keys;
using Postern.Interop.LibSsl.Tickets;

namespace Postern.Interop.LibSsl;

/// <summary>
/// TLS as one gate offers it: 1.2 and 1.3, forward secrecy only, no renegotiation, no compression, no early data,
/// tickets of its own. Made once for a generation of workers; lives as long as the process.
/// </summary>
public sealed unsafe class TlsServer
{
    private const int ControlMode = 33;
    private const int ControlReadAhead = 41;
    private const int ControlSessionCache = 44;
    private const int ControlChainCertificate = 89;
    private const int ControlGroups = 92;
    private const int ControlMinimumVersion = 123;

    private const nint ModeAcceptMovingBuffer = 2;
    private const nint ModeReleaseBuffers = 16;

    private const ulong OptionNoTicket = 1ul << 14;
    private const ulong OptionNoCompression = 1ul << 17;
    private const ulong OptionPrioritizeChaCha = 1ul << 21;
    private const ulong OptionServerPreference = 1ul << 22;
    private const ulong OptionNoRenegotiation = 1ul << 30;

    private const nint Tls12 = 0x303;
    private const nint Tls13 = 0x304;

    private const int VerifyPeer = 1;
    private const int FailIfNoPeerCertificate = 2;

    // RFC 9325 §4.2: ECDHE with an AEAD only. TLS 1.3's suites are all of that kind.
    private static ReadOnlySpan<byte> Tls12Suites => "ECDHE+AESGCM:ECDHE+CHACHA20\0"u8;

    private static ReadOnlySpan<byte> Groups => "X25519:P-256:P-384\0"u8;

    private readonly nint[] _contexts;
    private readonly Dictionary<int, TicketKeys> _ticketKeys = [];
    private GCHandle _self;

    private TlsServer(TlsServerSettings settings, nint[] contexts, byte[] alpn)
    {
        Settings = settings;
        _contexts = contexts;
        AlpnWire = alpn;
        _self = GCHandle.Alloc(this);
        foreach (nint context in contexts)
        {
            void* self = (void*)GCHandle.ToIntPtr(_self);
            NativeLibSsl.SSL_CTX_set_client_hello_cb(context, &HelloCallback.Run, self);
            NativeLibSsl.SSL_CTX_set_alpn_select_cb(context, &AlpnCallback.Run, self);
            _ = NativeLibSsl.SSL_CTX_set_tlsext_ticket_key_evp_cb(context, &TicketCallback.Run);
        }
    }

    public TlsServerSettings Settings { get; }

    /// <summary>The accepted ALPN identifiers as RFC 7301 §3.1 writes them: a length byte, the identifier, and so on.</summary>
    internal byte[] AlpnWire { get; }

    internal nint FirstContext => _contexts[0];

    internal nint Context(int certificateSet) => _contexts[certificateSet];

    /// <summary>The ticket keys of a route; null where there are to be no tickets.</summary>
    internal TicketKeys? Tickets(int route)
    {
        if (!_ticketKeys.TryGetValue(route, out TicketKeys? keys) && Settings.Tickets is not null)
        {
            keys = new TicketKeys(Settings.Tickets, route, Settings.TicketLifetime);
            _ticketKeys.Add(route, keys);
        }

        return keys;
    }

    /// <summary>Wipes ticket keys that open nothing any more, though nobody comes who would make room for the next.</summary>
    public void ForgetTicketKeys()
    {
        long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        foreach (TicketKeys keys in _ticketKeys.Values)
            keys.Forget(now);
    }

    /// <summary>This one connection gets no ticket, and shows none.</summary>
    internal static void WithoutTicket(nint ssl)
    {
        _ = NativeLibSsl.SSL_set_options(ssl, OptionNoTicket);
        _ = NativeLibSsl.SSL_set_num_tickets(ssl, 0);
    }

    /// <summary>
    /// Makes the contexts. Null and a reason when OpenSSL refuses something: the configuration was validated, so that
    /// is worth a look at the library.
    /// </summary>
    public static TlsServer? Create(TlsServerSettings settings, out string problem)
    {
        ArgumentNullException.ThrowIfNull(settings);

        nint[] contexts = new nint[settings.CertificateSets.Length];
        for (int i = 0; i < contexts.Length; i++)
        {
            contexts[i] = NewContext(settings, settings.CertificateSets[i], out problem);
            if (contexts[i] == 0)
                return null;
        }

        problem = "";
        return new TlsServer(settings, contexts, WriteAlpn(settings.Alpn));
    }

    private static nint NewContext(TlsServerSettings settings, ImmutableArray<TlsCertificate> certificates, out string problem)
    {
        NativeLibCrypto.ERR_clear_error();
        nint context = NativeLibSsl.SSL_CTX_new(NativeLibSsl.TLS_server_method());
        if (context == 0)
        {
            problem = "SSL_CTX_new: " + OpenSslError.Take();
            return 0;
        }

        // Without tickets TLS 1.3 would keep sessions here and give out their numbers, were it to give out any.
        bool tickets = settings.Tickets is not null;
        _ = NativeLibSsl.SSL_CTX_set_options(
            context,
            OptionNoCompression | OptionNoRenegotiation | OptionServerPreference | OptionPrioritizeChaCha | (tickets ? 0 : OptionNoTicket));
        _ = NativeLibSsl.SSL_CTX_ctrl(context, ControlMode, ModeAcceptMovingBuffer | ModeReleaseBuffers, null);
        _ = NativeLibSsl.SSL_CTX_ctrl(context, ControlReadAhead, 1, null);
        _ = NativeLibSsl.SSL_CTX_ctrl(context, ControlSessionCache, 0, null);
        _ = NativeLibSsl.SSL_CTX_ctrl(context, ControlMinimumVersion, settings.Tls13Only ? Tls13 : Tls12, null);
        _ = NativeLibSsl.SSL_CTX_set_num_tickets(context, tickets ? 1u : 0u);
        _ = NativeLibSsl.SSL_CTX_set_timeout(context, settings.TicketLifetime);

        bool ok = true;
        fixed (byte* suites = Tls12Suites)
            ok &= NativeLibSsl.SSL_CTX_set_cipher_list(context, suites) == 1;
        fixed (byte* groups = Groups)
            ok &= NativeLibSsl.SSL_CTX_ctrl(context, ControlGroups, 0, groups) == 1;
        fixed (byte* p = settings.SessionPolicy)
            ok &= NativeLibSsl.SSL_CTX_set_session_id_context(context, p, (uint)settings.SessionPolicy.Length) == 1;
        foreach (TlsCertificate certificate in certificates)
            ok = ok && UseCertificate(context, certificate);
        if (settings.ClientCertificates != ClientCertificateMode.None)
            ok = ok && AskForClientCertificate(context, settings);

        problem = ok ? "" : OpenSslError.Take();
        NativeLibCrypto.ERR_clear_error();
        if (ok)
            return context;

        NativeLibSsl.SSL_CTX_free(context);
        return 0;
    }

    private static bool UseCertificate(nint context, TlsCertificate certificate)
    {
        bool ok = true;
        nint key = 0;
        bool leaf = true;
        PemCertificates.ForEach(certificate.ChainPem, x509 =>
        {
            if (leaf)
            {
                ok &= NativeLibSsl.SSL_CTX_use_certificate(context, x509) == 1;
                key = certificate.KeyNumber < 0 ? PemCertificates.ReadKey(certificate.KeyPem) : KeyProvider.NewKey(x509, certificate.KeyNumber);
            }
            else
            {
                ok &= NativeLibSsl.SSL_CTX_ctrl(context, ControlChainCertificate, 1, (void*)x509) == 1;
            }

            leaf = false;
        });

        ok = ok && key != 0 && NativeLibSsl.SSL_CTX_use_PrivateKey(context, key) == 1;
        NativeLibCrypto.EVP_PKEY_free(key);
        return ok && !leaf;
    }

    private static bool AskForClientCertificate(nint context, TlsServerSettings settings)
    {
        bool ok = true;
        nint store = NativeLibSsl.SSL_CTX_get_cert_store(context);
        PemCertificates.ForEach(settings.ClientCaPem, x509 =>
        {
            ok &= NativeLibCrypto.X509_STORE_add_cert(store, x509) == 1;
            ok &= NativeLibSsl.SSL_CTX_add_client_CA(context, x509) == 1;
        });

        int mode = VerifyPeer | (settings.ClientCertificates == ClientCertificateMode.Require ? FailIfNoPeerCertificate : 0);
        NativeLibSsl.SSL_CTX_set_verify(context, mode, 0);
        return ok;
    }

    private static byte[] WriteAlpn(ImmutableArray<string> names)
    {
        using var wire = new MemoryStream();
        foreach (string name in names)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(name);
            wire.WriteByte((byte)bytes.Length);
            wire.Write(bytes);
        }

        return wire.ToArray();
    }
}
