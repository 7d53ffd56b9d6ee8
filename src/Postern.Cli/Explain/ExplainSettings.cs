using System.Collections.Immutable;
using System.Net;
using Postern.Configuration;
using Postern.Configuration.Settings;
using Postern.Policy.Dane;
using Postern.Policy.Dns;
using Postern.Policy.Operator;
using Postern.Policy.Service;
using Postern.Policy.Survey;

namespace Postern.Cli.Explain;

/// <summary>Whom a survey asks, and by whose word it decides: what the command line says, or a configuration.</summary>
internal sealed record ExplainSettings
{
    /// <summary>Null: the domains' own servers; with <see cref="TrustsAd"/>, it is there.</summary>
    public IPEndPoint? Resolver { get; init; }

    /// <summary>The resolver's word about DNSSEC is believed.</summary>
    public bool TrustsAd { get; init; }

    /// <summary>A file; null: the root's keys.</summary>
    public string? Anchor { get; init; }

    public OperatorTable Table { get; init; } = OperatorTable.Empty;

    /// <summary>As in <see cref="ServiceCase.Table"/>.</summary>
    public OperatorTable ServiceTable { get; init; } = OperatorTable.Empty;

    public Requirement Default { get; init; } = Requirement.None;

    /// <summary>As in <see cref="SurveyCase.AllowsPrivateHosts"/>.</summary>
    public bool AllowsPrivate { get; init; }

    /// <summary>As in <see cref="SurveyCase.DialsPrivateHosts"/>: without a configuration they are shown, and not connected to.</summary>
    public bool DialsPrivate { get; init; } = true;

    public int Port { get; init; } = DaneCase.SmtpPort;

    /// <summary>The name that mail hosts are greeted with.</summary>
    public string HostName { get; init; } = System.Net.Dns.GetHostName();

    /// <summary>By a configuration, as the data plane does. Null, and why.</summary>
    public static ExplainSettings? Read(string file, out ImmutableArray<ConfigurationProblem> problems)
    {
        ConfigurationResult read = ConfigurationFile.Read(file);
        problems = read.Problems;
        if (read.Settings is not { } settings)
            return null;

        ResolverResult loaded = SnapshotBuilder.LoadResolver(settings, file);
        problems = [.. problems, .. loaded.Problems];
        if (loaded.Snapshot is not { } snapshot)
            return null;

        string? resolver = snapshot.TrustedResolver ?? snapshot.Forwarder;
        return new ExplainSettings
        {
            Resolver = resolver is null ? null : IPEndPoint.Parse(resolver),
            TrustsAd = snapshot.TrustedResolver is not null,
            Anchor = settings.Resolver.Anchor,
            Table = PolicyTable.Read(snapshot, out string problem) ?? throw new InvalidOperationException(problem),
            ServiceTable = PolicyTable.Read(snapshot with { Lists = [] }, out problem) ?? throw new InvalidOperationException(problem),
            Default = settings.Policy.Default,
            AllowsPrivate = snapshot.AllowsPrivate,
            DialsPrivate = snapshot.AllowsPrivate,
            Port = snapshot.Port,
            HostName = settings.Server.HostName,
        };
    }

    public SurveyCase CaseOf(DnsName domain, DateTimeOffset now) =>
        new() { Domain = domain, Now = now, Table = Table, Default = Default, AllowsPrivateHosts = AllowsPrivate, DialsPrivateHosts = DialsPrivate, Port = Port };

    public ServiceCase ServiceCaseOf(DnsName domain, DateTimeOffset now) =>
        new() { Domain = domain, Now = now, Table = ServiceTable, Default = Default, DialsPrivateHosts = DialsPrivate };
}
