using System.Collections.Immutable;
using System.Security.Cryptography;
using Postern.Configuration.Discovery;
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

    /// <summary>What [policy] and [resolver] name and nothing else, for <c>postern explain</c>: no key is touched, and no outbound needed.</summary>
    /// <remarks><see cref="ResolverSnapshot.AuthoritiesPem"/> is empty.</remarks>
    public static ResolverResult LoadResolver(PosternSettings settings, string file)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var problems = new ProblemList(file);
        ResolverSnapshot snapshot = ResolverLoader.Load(settings, authorities: [], problems, DateTimeOffset.UtcNow);
        return new ResolverResult(problems.HasErrors ? null : snapshot, problems.InOrder());
    }

    internal static SnapshotResult Load(PosternSettings settings, string file, int generation, DateTimeOffset now, IResolver? resolver = null)
    {
        resolver ??= MachineResolver.Instance;
        var problems = new ProblemList(file);
        var names = new HostNames(settings.Source, problems, resolver);
        var search = new ServiceSearch(resolver, most => RandomNumberGenerator.GetInt32(most + 1));
        var backends = new BackendLoader(settings.Source, names, search, problems);
        ImmutableArray<LoadedCertificate> certificates = CertificateLoader.LoadUsed(settings, problems, now);
        var system = new SystemTrust();
        ImmutableArray<LoadedGate> gates = [.. settings.Gates.Select((gate, row) => Load(gate, row, settings.Source, names, backends, system, problems, now))];
        TwinCertificates.Check(settings, certificates, problems);
        NamelessIdentities.Check(settings, certificates, problems);
        ResolverSnapshot? outward = LoadOutward(settings, DaneBackend.Of(gates), system, problems, now);

        byte[] ticketSecret = TicketSecretLoader.Load(settings, problems);

        Snapshot? snapshot = problems.HasErrors ? null : new Snapshot
        {
            Generation = generation,
            Server = settings.Server,
            Certificates = certificates,
            Gates = gates,
            TicketSecret = ticketSecret,
            SystemTrustPem = system.Pem,
            Resolver = outward,
        };
        return new SnapshotResult(snapshot, problems.InOrder());
    }

    /// <summary>
    /// Null where nothing goes out and nobody is to be proved by DANE. The system's authorities are the world's: those of policy
    /// hosts, and of hosts that mail goes to.
    /// </summary>
    private static ResolverSnapshot? LoadOutward(
        PosternSettings settings, ImmutableArray<DaneBackend> backends, SystemTrust system, ProblemList problems, DateTimeOffset now)
    {
        GateSettings? outbound = settings.Gates.FirstOrDefault(gate => gate.Outbound is not null);
        if (outbound is null && backends.IsEmpty)
            return null;

        if (outbound is not null)
            system.Load(outbound.Key, settings.Source.Find(outbound.Key), problems);
        ResolverSnapshot whole = ResolverLoader.Load(settings, system.Pem, problems, now) with
        {
            SendsMail = settings.Gates.Any(gate => gate.SendsMail),
            FindsServices = settings.Gates.Any(gate => gate.LeadsToServices),
            Backends = backends,
        };
        return whole.SendsMail ? whole : whole with { Reports = null };
    }

    private static LoadedGate Load(
        GateSettings gate, int row, SourceMap source, HostNames names, BackendLoader backends, SystemTrust system, ProblemList problems, DateTimeOffset now)
    {
        string path = gate.Key;
        GateSettings bound = gate with { Listen = names.ToListen(gate) };
        LoadedBackend own = backends.Load(bound, gate.Backend, gate.BackendTls?.Name, path + ".backend");
        ImmutableArray<LoadedBackend> routes =
            [.. gate.Routes.Select((route, index) => backends.Load(bound, route.Backend, route.BackendName, $"{path}.route[#{index + 1}].backend"))];
        byte[]? clientCa = gate.ClientCa is null ? null : AuthorityLoader.Load(gate.ClientCa, path + ".client-ca", source, problems, now);
        return new LoadedGate
        {
            Settings = bound,
            Backend = own.Addresses,
            RouteBackends = [.. routes.Select(route => route.Addresses)],
            Discovered = [own.Discovered, .. routes.Select(route => route.Discovered)],
            BackendTls = BackendTlsLoader.Load(gate, [own, .. routes], system, source, problems, now),
            ClientCaPem = clientCa,
            Row = row,
            SessionPolicies = [.. gate.Routes.Prepend(null).Select(route => SessionPolicy.Of(gate, clientCa, route))],
        };
    }
}
