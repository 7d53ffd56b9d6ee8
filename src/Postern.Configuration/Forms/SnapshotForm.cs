using System.Collections.Immutable;
using Postern.Interop.LibSsl.Certificates;
using Postern.Protocols;

namespace Postern.Configuration.Forms;

/// <summary>The fields of <see cref="Configuration.Snapshot"/> and of what comes with it from the reader.</summary>
internal static class SnapshotForm
{
    public static SnapshotResult Result(Form form, SnapshotResult? result) => new(
        form.Optional(result?.Snapshot, Snapshot), form.List(result?.Problems, Problem));

    public static Snapshot Snapshot(Form form, Snapshot? snapshot) => new()
    {
        Generation = form.Number(snapshot?.Generation ?? 0),
        Server = SettingsForm.Server(form, snapshot?.Server),
        Certificates = form.List(snapshot?.Certificates, Certificate),
        Gates = form.List(snapshot?.Gates, Gate),
        TicketSecret = form.Bytes(snapshot?.TicketSecret),
        SystemTrustPem = form.Bytes(snapshot?.SystemTrustPem),
        Resolver = form.Optional(snapshot?.Resolver, OutwardForm.Resolver),
    };

    /// <summary>An address, in a list of lists.</summary>
    public static ImmutableArray<ResolvedAddress> Addresses(Form form, ImmutableArray<ResolvedAddress>? addresses) => form.List(addresses, Address);

    public static ConfigurationProblem Problem(Form form, ConfigurationProblem? problem) => new(
        (Severity)form.Number((int)(problem?.Severity ?? 0)),
        form.Text(problem?.File),
        form.Number(problem?.Line ?? 0),
        form.Number(problem?.Column ?? 0),
        form.Text(problem?.Key),
        form.Text(problem?.Message));

    private static LoadedCertificate Certificate(Form form, LoadedCertificate? certificate) => new()
    {
        Name = form.Text(certificate?.Name),
        ChainPem = form.Bytes(certificate?.ChainPem),
        KeyPem = form.Bytes(certificate?.KeyPem),
        Token = form.Optional(certificate?.Token, KeyForm.Token),
        IsOnToken = form.Flag(certificate?.IsOnToken ?? false),
        Passphrase = form.Bytes(certificate?.Passphrase),
        DnsNames = form.Texts(certificate?.DnsNames),
        NotBefore = form.Time(certificate?.NotBefore ?? default),
        NotAfter = form.Time(certificate?.NotAfter ?? default),
        KeyKind = (KeyKind)form.Number((int)(certificate?.KeyKind ?? 0)),
        KeyBits = form.Number(certificate?.KeyBits ?? 0),
    };

    private static LoadedGate Gate(Form form, LoadedGate? gate) => new()
    {
        Settings = SettingsForm.Gate(form, gate?.Settings),
        Backend = Addresses(form, gate?.Backend),
        RouteBackends = form.List<ImmutableArray<ResolvedAddress>>(gate?.RouteBackends, static (each, addresses) => Addresses(each, addresses)),
        Discovered = form.List<DiscoveredBackend?>(gate?.Discovered, static (each, found) => each.Optional(found, Discovered)),
        BackendTls = form.Optional(gate?.BackendTls, BackendTls),
        ClientCaPem = form.OptionalBytes(gate?.ClientCaPem),
        Row = form.Number(gate?.Row ?? 0),
        SessionPolicies = form.List(gate?.SessionPolicies, static (each, policy) => each.Bytes(policy)),
    };

    private static ResolvedAddress Address(Form form, ResolvedAddress? address) => new()
    {
        Path = form.OptionalText(address?.Path),
        Ip = form.OptionalText(address?.Ip),
        Port = form.Number(address?.Port ?? 0),
        Host = form.OptionalText(address?.Host),
    };

    private static DiscoveredBackend Discovered(Form form, DiscoveredBackend? found) => new()
    {
        Service = form.Text(found?.Service),
        Domain = form.Text(found?.Domain),
        Mode = (TlsMode)form.Number((int)(found?.Mode ?? 0)),
        Targets = form.Texts(found?.Targets),
        IsFallback = form.Flag(found?.IsFallback ?? false),
        Name = form.Text(found?.Name),
        IsDane = form.Flag(found?.IsDane ?? false),
    };

    private static LoadedBackendTls BackendTls(Form form, LoadedBackendTls? tls) => new()
    {
        Modes = form.List(tls?.Modes, static (each, mode) => (TlsMode)each.Number((int)mode)),
        Names = form.Texts(tls?.Names),
        SystemTrust = form.Flag(tls?.SystemTrust ?? false),
        TrustPem = form.Bytes(tls?.TrustPem),
        Pins = form.List(tls?.Pins, static (each, pin) => each.Bytes(pin)),
        IsDane = form.Flag(tls?.IsDane ?? false),
        Tls13Only = form.Flag(tls?.Tls13Only ?? false),
        Alpn = form.Texts(tls?.Alpn),
        Certificate = form.OptionalText(tls?.Certificate),
    };
}
