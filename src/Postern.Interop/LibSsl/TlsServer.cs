using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Postern.Interop.LibSsl.Handshake;
using Postern.Interop.LibSsl.Keys;
using Postern.Interop.LibSsl.Tickets;

namespace Postern.Interop.LibSsl;

/// <summary>
/// TLS as one gate offers it: 1.2 and 1.3, forward secrecy only, no renegotiation, no compression, no early data,
/// tickets of its own. Made once for a generation of workers; lives as long as the process.
/// </summary>
public sealed unsafe class TlsServer
{
    private const ulong OptionNoTicket = 1ul << 14;
    private const ulong OptionPrioritizeChaCha = 1ul << 21;
    private const ulong OptionServerPreference = 1ul << 22;

    private const int VerifyPeer = 1;
    private const int FailIfNoPeerCertificate = 2;

    /// <summary>X509_PURPOSE_ANY: the end certificate may be signed for what it will; its authorities must still be some.</summary>
    private const int AnyPurpose = 7;

    private readonly nint[] _contexts;
    private readonly Dictionary<int, TicketKeys> _ticketKeys = [];
    private readonly ServerCertificate[][]? _certificates;
    private GCHandle _self;

    private TlsServer(TlsServerSettings settings, nint[] contexts, byte[] alpn)
    {
        Settings = settings;
        _contexts = contexts;
        AlpnWire = alpn;
        _certificates = OwnCertificates(settings);
        _self = GCHandle.Alloc(this);
        foreach (nint context in contexts)
        {
            void* self = (void*)GCHandle.ToIntPtr(_self);
            NativeLibSsl.SSL_CTX_set_client_hello_cb(context, &HelloCallback.Run, self);
            NativeLibSsl.SSL_CTX_set_alpn_select_cb(context, &AlpnCallback.Run, self);
            _ = NativeLibSsl.SSL_CTX_set_tlsext_ticket_key_evp_cb(context, &TicketCallback.Run);
            if (settings.ClientAllowList is not null)
                NativeLibSsl.SSL_CTX_set_cert_verify_callback(context, &ClientVerifyCallback.Run, self);
        }
    }

    public TlsServerSettings Settings { get; }

    /// <summary>The accepted ALPN identifiers as RFC 7301 §3.1 writes them: a length byte, the identifier, and so on.</summary>
    internal byte[] AlpnWire { get; }

    /// <summary>Handshakes of the usual kind need no OpenSSL (docs/adr/0021-handshake.md). Not where clients show certificates.</summary>
    internal bool HasOwnHandshake => _certificates is not null;

    internal nint FirstContext => _contexts[0];

    internal nint Context(int certificateSet) => _contexts[certificateSet];

    /// <summary>The first of a set that the client can verify, and how it is to sign; null: OpenSSL shall say so.</summary>
    internal ServerCertificate? CertificateFor(int certificateSet, ClientHello hello, out SignatureScheme scheme)
    {
        foreach (ServerCertificate certificate in _certificates![certificateSet])
        {
            scheme = certificate.Choose(hello);
            if (scheme != SignatureScheme.None)
                return certificate;
        }

        scheme = SignatureScheme.None;
        return null;
    }

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
        return new TlsServer(settings, contexts, TlsContext.WriteAlpn(settings.Alpn));
    }

    private static nint NewContext(TlsServerSettings settings, ImmutableArray<TlsCertificate> certificates, out string problem)
    {
        // Without tickets TLS 1.3 would keep sessions here and give out their numbers, were it to give out any.
        bool tickets = settings.Tickets is not null;
        nint context = TlsContext.New(
            NativeLibSsl.TLS_server_method(),
            settings.Tls13Only,
            OptionServerPreference | OptionPrioritizeChaCha | (tickets ? 0 : OptionNoTicket),
            out problem);
        if (context == 0)
            return 0;

        _ = NativeLibSsl.SSL_CTX_set_num_tickets(context, tickets ? 1u : 0u);
        _ = NativeLibSsl.SSL_CTX_set_timeout(context, settings.TicketLifetime);
        bool ok;
        fixed (byte* p = settings.SessionPolicy)
            ok = NativeLibSsl.SSL_CTX_set_session_id_context(context, p, (uint)settings.SessionPolicy.Length) == 1;
        foreach (TlsCertificate certificate in certificates)
            ok = ok && TlsContext.UseCertificate(context, certificate);
        if (settings.ClientCertificates != ClientCertificateMode.None)
            ok = ok && AskForClientCertificate(context, settings);
        return ok ? context : TlsContext.Refused(context, out problem);
    }

    private static ServerCertificate[][]? OwnCertificates(TlsServerSettings settings)
    {
        if (settings.ClientCertificates != ClientCertificateMode.None)
            return null;

        // EC before RSA, whatever the order of the file: it costs a tenth, and a client that takes both has no preference.
        ServerCertificate?[][] sets = [.. settings.CertificateSets.Select(set => set.Select(ServerCertificate.Create).OrderBy(certificate => certificate?.IsRsa).ToArray())];
        return sets.All(set => set.All(certificate => certificate is not null))
            ? [.. sets.Select(set => set.OfType<ServerCertificate>().ToArray())]
            : null;
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

        if (settings.ClientsAreServers)
            ok &= NativeLibSsl.SSL_CTX_set_purpose(context, AnyPurpose) == 1;
        int mode = VerifyPeer | (settings.ClientCertificates == ClientCertificateMode.Require ? FailIfNoPeerCertificate : 0);
        NativeLibSsl.SSL_CTX_set_verify(context, mode, 0);
        return ok;
    }
}
