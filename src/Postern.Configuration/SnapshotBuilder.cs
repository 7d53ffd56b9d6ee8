using System.Collections.Immutable;
using Postern.Configuration.Loading;
using Postern.Configuration.Settings;

namespace Postern.Configuration;

/// <summary>
/// Reads everything that settings name: certificates, keys, authorities, host names. Every failure is found before
/// the first worker starts, and said at its line of the file.
/// </summary>
public static class SnapshotBuilder
{
    /// <param name="settings">As <see cref="ConfigurationFile"/> read them.</param>
    /// <param name="file">The name of the configuration file, for problems.</param>
    /// <param name="generation">See <see cref="Snapshot.Generation"/>.</param>
    public static SnapshotResult Load(PosternSettings settings, string file, int generation) =>
        Load(settings, file, generation, DateTimeOffset.UtcNow);

    internal static SnapshotResult Load(PosternSettings settings, string file, int generation, DateTimeOffset now)
    {
        var problems = new ProblemList(file);
        var names = new HostNames(settings.Source, problems);
        ImmutableArray<LoadedCertificate> certificates = CertificateLoader.LoadUsed(settings, problems, now);
        var system = new SystemTrust();
        ImmutableArray<LoadedGate> gates = [.. settings.Gates.Select((gate, row) => Load(gate, row, settings.Source, names, system, problems, now))];
        TwinCertificates.Check(settings, certificates, problems);

        byte[] ticketSecret = TicketSecretLoader.Load(settings, problems);

        Snapshot? snapshot = problems.HasErrors ? null : new Snapshot
        {
            Generation = generation,
            Server = settings.Server,
            Certificates = certificates,
            Gates = gates,
            TicketSecret = ticketSecret,
            SystemTrustPem = system.Pem,
        };
        return new SnapshotResult(snapshot, problems.InOrder());
    }

    private static LoadedGate Load(GateSettings gate, int row, SourceMap source, HostNames names, SystemTrust system, ProblemList problems, DateTimeOffset now)
    {
        string path = $"gate[{gate.Name}]";
        byte[]? clientCa = gate.ClientCa is null ? null : AuthorityLoader.Load(gate.ClientCa, path + ".client-ca", source, problems, now);
        return new LoadedGate
        {
            Settings = gate with { Listen = names.ToListen(gate) },
            Backend = gate.Backend is null ? [] : names.Resolve(gate.Backend, path + ".backend"),
            RouteBackends = [.. gate.Routes.Select((route, index) => names.Resolve(route.Backend, $"{path}.route[#{index + 1}].backend"))],
            BackendTls = BackendTlsLoader.Load(gate, system, source, problems, now),
            ClientCaPem = clientCa,
            Row = row,
            SessionPolicies = [.. gate.Routes.Prepend(null).Select(route => SessionPolicy.Of(gate, clientCa, route))],
        };
    }
}
