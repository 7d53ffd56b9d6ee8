using System.Collections.Immutable;

namespace Postern.Configuration.Forms;

/// <summary>The fields of what those get who face the world: dialer, resolver, recorder.</summary>
internal static class OutwardForm
{
    public static BackendSnapshot Backends(Form form, BackendSnapshot? snapshot) => new()
    {
        Gates = form.List<ImmutableArray<ImmutableArray<ResolvedAddress>>>(
            snapshot?.Gates, static (each, gate) => each.List<ImmutableArray<ResolvedAddress>>(gate, static (one, addresses) => SnapshotForm.Addresses(one, addresses))),
        OutboundPorts = form.List(
            snapshot?.OutboundPorts, static (each, ports) => new OutboundPorts(each.Number(ports?.Port ?? 0), each.Flag(ports?.AsSrvNames ?? false))),
        AllowsPrivate = form.Flag(snapshot?.AllowsPrivate ?? false),
    };

    public static RecorderSnapshot Recorder(Form form, RecorderSnapshot? snapshot) => new()
    {
        State = form.Text(snapshot?.State),
        Reports = form.Optional(snapshot?.Reports, Reports),
    };

    public static ResolverSnapshot Resolver(Form form, ResolverSnapshot? snapshot) => new()
    {
        TrustedResolver = form.OptionalText(snapshot?.TrustedResolver),
        Forwarder = form.OptionalText(snapshot?.Forwarder),
        Anchor = form.OptionalText(snapshot?.Anchor),
        Default = form.Text(snapshot?.Default),
        RefusesLoss = form.Flag(snapshot?.RefusesLoss ?? false),
        AllowsPrivate = form.Flag(snapshot?.AllowsPrivate ?? false),
        Rules = form.List(snapshot?.Rules, Rule),
        Lists = form.List(snapshot?.Lists, static (each, list) => new PolicyListText(each.Text(list?.Path), each.Bytes(list?.Json))),
        AuthoritiesPem = form.Bytes(snapshot?.AuthoritiesPem),
        Port = form.Number(snapshot?.Port ?? 0),
        State = form.OptionalText(snapshot?.State),
        SendsMail = form.Flag(snapshot?.SendsMail ?? false),
        FindsServices = form.Flag(snapshot?.FindsServices ?? false),
        Backends = form.List(snapshot?.Backends, Backend),
        Reports = form.Optional(snapshot?.Reports, Reports),
    };

    private static ReportSnapshot Reports(Form form, ReportSnapshot? reports) => new(
        form.Text(reports?.Organization),
        form.Text(reports?.Contact),
        form.Text(reports?.From),
        form.Text(reports?.Relay),
        form.Text(reports?.HostName));

    private static PolicyRuleText Rule(Form form, PolicyRuleText? rule) => new(
        form.Text(rule?.Domain),
        form.Text(rule?.Require),
        form.Texts(rule?.Pins),
        form.Texts(rule?.Hosts),
        form.Flag(rule?.Expires is not null) ? form.Time(rule?.Expires ?? default) : null,
        form.Text(rule?.Origin))
    {
        NextHop = form.OptionalText(rule?.NextHop),
    };

    private static DaneBackend Backend(Form form, DaneBackend? backend) => new(
        form.Number(backend?.Gate ?? 0),
        form.Number(backend?.Route ?? 0),
        form.Number(backend?.Index ?? 0),
        form.Text(backend?.Host),
        form.Number(backend?.Port ?? 0))
    {
        Service = form.OptionalText(backend?.Service),
        Domain = form.OptionalText(backend?.Domain),
        IsFallback = form.Flag(backend?.IsFallback ?? false),
        IsSmtp = form.Flag(backend?.IsSmtp ?? false),
    };
}
