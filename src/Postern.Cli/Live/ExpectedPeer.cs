using Postern.Configuration;
using Postern.Engine.Upstream;
using Postern.Interop.LibSsl;
using Postern.Interop.LibSsl.Demands;
using Postern.Policy.Decision;
using Postern.Protocols;

namespace Postern.Cli.Live;

/// <summary>How a gate comes to TLS with a backend, and whom it takes for it: what its workers have, made for a check.</summary>
/// <param name="Mode">Implicit or StartTls.</param>
/// <param name="Client">Whom to trust, and what to offer.</param>
/// <param name="Name">The reference identifier.</param>
/// <param name="CannotSign">The gate has a certificate for its backend, whose key is on a token: a check has none to show.</param>
internal sealed record ExpectedPeer(TlsMode Mode, TlsClient Client, string Name, bool CannotSign)
{
    /// <summary>What DANE wants it to show, which goes before the name; null: DANE is not asked, or has not been yet.</summary>
    public ServerDemand? Demand { get; init; }

    /// <summary>DANE must prove the backend.</summary>
    public bool IsDane { get; init; }

    /// <summary>Held to what DANE says; null when OpenSSL takes none of the records.</summary>
    public ExpectedPeer? HeldTo(TlsDemand demand) =>
        new HopVerifier(Client).Prepare(demand, watch: null, out _) is { } prepared ? this with { Demand = prepared } : null;

    /// <summary>A handshake in which it is verified.</summary>
    public TlsChannel Connect(TlsWire wire) => Demand is null ? new TlsChannel(Client, Name, wire) : new TlsChannel(Client, Demand, wire);

    /// <summary>The same for each backend of a gate: the gate's own first, then its routes'.</summary>
    /// <param name="tls">Of the gate.</param>
    /// <param name="snapshot">With the keys: that of a certificate for backends signs here.</param>
    /// <param name="problem">What OpenSSL refuses where the result is null.</param>
    public static ExpectedPeer[]? OfGate(LoadedBackendTls tls, Snapshot snapshot, out string problem)
    {
        LoadedCertificate? own = snapshot.Certificates.FirstOrDefault(certificate => certificate.Name == tls.Certificate);
        TlsCertificate? shown = own is null or { IsOnToken: true } ? null : new TlsCertificate(own.ChainPem, own.KeyPem) { Passphrase = own.Passphrase };
        var client = TlsClient.Create(tls.ClientSettings(snapshot.SystemTrustPem, shown), out problem);
        return client is null ? null : [.. tls.Names.Zip(tls.Modes, (name, mode) => new ExpectedPeer(mode, client, name, own is { IsOnToken: true })
        {
            IsDane = tls.IsDane,
        })];
    }
}
