using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Postern.Cli.Output;
using Postern.Configuration;
using Postern.Configuration.Settings;
using Postern.Interop.LibSsl;
using Postern.Interop.LibSsl.Certificates;
using Postern.Interop.LibSsl.Demands;
using Postern.Protocols;

namespace Postern.Cli.Live;

/// <summary>What is wrong with a backend's TLS, or with whom the gate takes it for, and what to write.</summary>
internal static class TlsFindings
{
    /// <summary>A certificate of a big host has hundreds of names.</summary>
    private const int MaxNames = 5;

    public static Finding Of(TlsFailure failure, GateSettings gate, ExpectedPeer peer)
    {
        if (failure.Fault == TlsFault.CertificateWanted && peer.CannotSign)
            return Finding.Warning("asks for a certificate: that of backend-certificate has its key on a token, so that this check could not show it, and goes no further");

        return Finding.Error(failure switch
        {
            { Fault: TlsFault.NotTls } => $"does not speak TLS here: {UpgradeFindings.TurnOn(gate, peer.Mode)}",
            { Fault: TlsFault.Version } => Version(gate.BackendTls!),
            { Fault: TlsFault.Alpn } =>
                $"does not take the protocol that ALPN names ({string.Join(", ", peer.Client.Settings.Alpn.Select(name => '"' + PeerText.Escape(name) + '"'))}): is this the port of its {gate.Protocol} service? backend-alpn = [] offers none",
            { Fault: TlsFault.CertificateWanted } => "asks for a certificate and refuses who has none: set backend-certificate to a [certificate.…] that it trusts",
            { Fault: TlsFault.CertificateRefused } when peer.Client.Settings.Certificate is not null =>
                $"does not take the certificate of backend-certificate ({failure.Reason}): does it trust the authority that signed it? see its log",
            { Shown: { } shown, Fault: >= TlsFault.UnknownAuthority } => Untrusted(failure, shown, gate.BackendTls!, peer),
            _ => $"fails in TLS ({failure.Reason}): see its log",
        });
    }

    private static string Version(BackendTlsSettings tls)
    {
        if (tls.MinTls == TlsVersion.Tls12)
            return "speaks neither TLS 1.2 nor 1.3, and there is no older TLS that is worth speaking: renew its software or its settings";

        return tls.Certificate is null
            ? "does not speak TLS 1.3: turn it on there, or set backend-min-tls = \"1.2\" here"
            : "does not speak TLS 1.3, without which a certificate is not shown to it: turn it on there, or leave out backend-certificate";
    }

    private static string Untrusted(TlsFailure failure, ShownCertificate shown, BackendTlsSettings tls, ExpectedPeer peer)
    {
        if (peer.Demand is { } demand && DaneUntrusted(failure, shown, demand) is { } byDane)
            return byDane;

        string own = $"if it is the right one, backend-trust = {PinOf(shown)} pins its key";
        return failure.Fault switch
        {
            TlsFault.WrongName when Names(shown) is { } names =>
                $"shows a certificate that is not for '{peer.Name}': it is for {names}; set backend-name to the name that is meant",
            TlsFault.WrongName =>
                $"shows a certificate that is for nobody: its subjectAltName has no name, and a common name is not looked at; have it made for '{peer.Name}', or, {own}",
            TlsFault.UnknownAuthority when shown.IsSelfSigned =>
                $"shows a certificate that it signed itself, and that is not among {Authorities(tls)}: name a PEM file of it in backend-trust, or, {own}",
            TlsFault.UnknownAuthority =>
                $"shows a certificate signed by {Issuer(shown)}, which does not lead to {Authorities(tls)}: "
                + (shown.Count > 1 ? "" : "if one of those is behind that, have it send the whole chain, of which it sends its own certificate only; else ")
                + $"name the PEM file of its authority in backend-trust, or, {own}",
            TlsFault.Expired when shown.NotAfter < DateTimeOffset.UtcNow => $"shows a certificate that expired on {DateText.Write(shown.NotAfter.Value)}: renew it there, and have it read again",
            TlsFault.Expired => $"shows a certificate signed by {Issuer(shown)}, and an authority on the way from there to {Authorities(tls)} has expired",
            TlsFault.NotYetValid when shown.NotBefore > DateTimeOffset.UtcNow =>
                $"shows a certificate that is not valid before {DateText.Write(shown.NotBefore.Value)}: is this machine's clock right ({DateText.Write(DateTimeOffset.UtcNow)})?",
            TlsFault.NoTlsaMatch =>
                $"shows a certificate that matches none of its TLSA records: whose key is 3 1 1 {Convert.ToHexStringLower(shown.Pin)}; publish that record if it is the right one, and beside it that of the next key before that is used",
            TlsFault.NotListed => $"has another key than {(tls.Trust.Pins.Length == 1 ? "the one that is" : "those that are")} pinned: {own}, but ask there first whether it was changed",
            _ => $"shows a certificate that does not verify ({failure.Reason})",
        };
    }

    /// <summary>What DANE proves is mended there or in the DNS: backend-name and pins do not go with it. Null: as without.</summary>
    private static string? DaneUntrusted(TlsFailure failure, ShownCertificate shown, ServerDemand demand)
    {
        string records = $"or publish a TLSA record 3 1 1 of its key, {Convert.ToHexStringLower(shown.Pin)}, if it is the right one";
        return failure.Fault switch
        {
            TlsFault.WrongName =>
                $"shows a certificate that is for {Names(shown) ?? "nobody"}, where its TLSA records want one for {Quoted(demand.Names, " or ")}: have it made for that, {records}",
            TlsFault.UnknownAuthority =>
                $"shows a certificate signed by {Issuer(shown)}, which does not lead to the system's authorities as its TLSA records want (usage 0 or 1): have it send its whole chain, {records}",
            _ => null,
        };
    }

    /// <summary>Whom the certificate is for; null for nobody.</summary>
    private static string? Names(ShownCertificate shown)
    {
        ImmutableArray<string> names = [.. shown.DnsNames, .. shown.Addresses.Select(address => address.ToString())];
        if (names.IsEmpty)
            return null;

        string listed = Quoted(names, ", ");
        return names.Length > MaxNames ? string.Create(CultureInfo.InvariantCulture, $"{listed} and {names.Length - MaxNames} more") : listed;
    }

    private static string Quoted(ImmutableArray<string> names, string between) => string.Join(between, names.Take(MaxNames).Select(name => $"'{name}'"));

    private static string Issuer(ShownCertificate shown) =>
        shown.Issuer.Length == 0 ? "an authority without a name" : $"'{PeerText.Escape(Encoding.UTF8.GetBytes(shown.Issuer))}'";

    private static string Authorities(BackendTlsSettings tls) =>
        tls.Trust.File is { } file ? $"those of {PeerText.Escape(file)}" : "the system's authorities";

    /// <summary>As it is written into the file.</summary>
    private static string PinOf(ShownCertificate shown) => $"\"sha256:{Convert.ToBase64String(shown.Pin)}\"";
}
