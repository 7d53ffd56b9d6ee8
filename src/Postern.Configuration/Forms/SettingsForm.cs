using System.Collections.Immutable;
using Postern.Configuration.Settings;
using Postern.Protocols;

namespace Postern.Configuration.Forms;

/// <summary>The fields of what the operator wrote, as far as a snapshot has it.</summary>
internal static class SettingsForm
{
    public static ServerSettings Server(Form form, ServerSettings? server) => new()
    {
        Isolation = (Isolation)form.Number((int)(server?.Isolation ?? 0)),
        Workers = form.Number(server?.Workers ?? 0),
        User = form.Text(server?.User),
        KeyUser = form.Text(server?.KeyUser),
        Sandbox = (SandboxDemand)form.Number((int)(server?.Sandbox ?? 0)),
        Control = form.Text(server?.Control),
        Log = (LogTarget)form.Number((int)(server?.Log ?? 0)),
        HostName = form.Text(server?.HostName),
        TokenModule = form.OptionalText(server?.TokenModule),
        TicketSecret = form.OptionalText(server?.TicketSecret),
        TicketLifetime = form.Duration(server?.TicketLifetime ?? default),
    };

    public static GateSettings Gate(Form form, GateSettings? gate) => new()
    {
        Name = form.Text(gate?.Name),
        Protocol = form.Text(gate?.Protocol),
        Listen = form.List(gate?.Listen, Endpoint),
        Tls = (TlsMode)form.Number((int)(gate?.Tls ?? 0)),
        Certificates = form.Texts(gate?.Certificates),
        Backend = form.Optional(gate?.Backend, Endpoint),
        BackendTls = form.Optional(gate?.BackendTls, BackendTls),
        Outbound = form.Optional(gate?.Outbound, Outbound),
        ProxyProtocol = (ProxyHeader)form.Number((int)(gate?.ProxyProtocol ?? 0)),
        AcceptProxyFrom = form.Texts(gate?.AcceptProxyFrom),
        Routes = form.List(gate?.Routes, Route),
        Alpn = OptionalTexts(form, gate?.Alpn),
        ClientCertificate = (ClientCertificate)form.Number((int)(gate?.ClientCertificate ?? 0)),
        ClientCa = form.OptionalText(gate?.ClientCa),
        ClientAllow = form.List(gate?.ClientAllow, Allowed),
        MinTls = (TlsVersion)form.Number((int)(gate?.MinTls ?? 0)),
        OnTruncation = (TruncationAction)form.Number((int)(gate?.OnTruncation ?? 0)),
        MaxConnections = form.Number(gate?.MaxConnections ?? 0),
        MaxConnectionsPerClient = form.Number(gate?.MaxConnectionsPerClient ?? 0),
        HandshakeTimeout = form.Duration(gate?.HandshakeTimeout ?? default),
        NegotiationTimeout = form.Duration(gate?.NegotiationTimeout ?? default),
        IdleTimeout = form.Flag(gate?.IdleTimeout is not null) ? form.Duration(gate?.IdleTimeout ?? default) : null,
    };

    private static OutboundSettings Outbound(Form form, OutboundSettings? outbound) => new()
    {
        Port = form.Number(outbound?.Port ?? 0),
        Certificates = form.Texts(outbound?.Certificates),
        ReportSender = form.Text(outbound?.ReportSender),
    };

    private static RouteSettings Route(Form form, RouteSettings? route) => new()
    {
        Sni = form.Text(route?.Sni),
        Backend = Endpoint(form, route?.Backend),
        BackendName = form.OptionalText(route?.BackendName),
        Certificates = form.Texts(route?.Certificates),
    };

    private static EndpointAddress Endpoint(Form form, EndpointAddress? address) => new()
    {
        Domain = form.OptionalText(address?.Domain),
        Path = form.OptionalText(address?.Path),
        Host = form.OptionalText(address?.Host),
        Port = form.Number(address?.Port ?? 0),
    };

    private static BackendTlsSettings BackendTls(Form form, BackendTlsSettings? tls) => new()
    {
        Mode = form.Flag(tls?.Mode is not null) ? (TlsMode)form.Number((int)(tls?.Mode ?? 0)) : null,
        Name = form.OptionalText(tls?.Name),
        Trust = Trust(form, tls?.Trust),
        MinTls = (TlsVersion)form.Number((int)(tls?.MinTls ?? 0)),
        Alpn = OptionalTexts(form, tls?.Alpn),
        Certificate = form.OptionalText(tls?.Certificate),
    };

    private static BackendTrust Trust(Form form, BackendTrust? trust) => new()
    {
        File = form.OptionalText(trust?.File),
        Pins = form.List(trust?.Pins, static (each, pin) => each.Bytes(pin)),
        IsDane = form.Flag(trust?.IsDane ?? false),
    };

    private static AllowedClient Allowed(Form form, AllowedClient? client) => new(form.Text(client?.Kind), form.Text(client?.Value));

    /// <summary>An empty list is another thing than none: it offers nothing.</summary>
    private static ImmutableArray<string>? OptionalTexts(Form form, ImmutableArray<string>? texts) =>
        form.Flag(texts is not null) ? form.Texts(texts) : null;
}
