using System.Reflection;
using Postern.Configuration;
using Postern.Configuration.Control;
using Postern.Configuration.Settings;

namespace Postern.Roles.Supervisor;

/// <summary>What <c>postern status</c> is told.</summary>
public sealed partial class Supervisor
{
    public static string Version { get; } =
        typeof(Supervisor).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    internal StatusReport Status()
    {
        Snapshot? snapshot = _current?.Snapshot;
        return new StatusReport
        {
            Version = Version,
            ConfigurationFile = Path.GetFullPath(_file),
            StartedAt = StartedAt,
            ConfiguredAt = _current?.Since ?? StartedAt,
            Notices = [.. _notices, .. _roleNotices, .. RefusalNotices, .. _tokenFailures > 0 ? (string[])[TokenNotice] : []],
            Generations = [.. AllGenerations().OrderByDescending(generation => generation.Snapshot.Generation).Select(StatusOf)],
            Gates = snapshot is null ? [] : [.. snapshot.Gates.Select(StatusOf)],
            Certificates = snapshot is null ? [] :
                [.. snapshot.Certificates.Select(certificate => new CertificateStatus(
                    certificate.Name, certificate.DnsNames, certificate.KeyType, certificate.NotAfter))],
        };
    }

    private GenerationStatus StatusOf(Generation generation) => new(
        generation.Snapshot.Generation,
        generation.Draining ? "draining" : ReferenceEquals(generation, _next) ? "starting" : "current",
        generation.Since,
        StatusOf(generation.KeyAgent),
        StatusOf(generation.Dialer),
        generation.Nursery is null ? null : StatusOf(generation.Nursery),
        [.. generation.Places.Where(place => place.Worker is not null).Select(place => new WorkerStatus(
            place.Worker!.Pid, LiveOf(place.Worker.ScoreboardSlot), place.Deaths.Count))])
    {
        Resolver = generation.Resolver is null ? null : StatusOf(generation.Resolver),
        Recorder = generation.Recorder is null ? null : StatusOf(generation.Recorder),
    };

    private static ServiceStatus StatusOf(Service service) => new(service.Process?.Pid ?? 0, service.Deaths.Count);

    private long LiveOf(int slot) => _registry.Known.Sum(gate => Scoreboard.Row(slot, gate.Row).Live);

    private GateStatus StatusOf(LoadedGate gate)
    {
        GateSettings settings = gate.Settings;
        GateTotals totals = _totals.Of(gate.Row);
        return new GateStatus(
            settings.Name,
            settings.Protocol,
            TlsWord(settings),
            [.. settings.Listen.Select(address => address.ToString())],
            totals.Live,
            totals.Accepted,
            totals.BytesFromClients,
            totals.BytesToClients,
            totals.Stages,
            totals.Outcomes)
        {
            Discovered = [.. gate.Discovered.OfType<DiscoveredBackend>().Select(backend => backend.ToString())],
        };
    }

    private static string TlsWord(GateSettings settings) => settings.Tls switch
    {
        Protocols.TlsMode.Implicit => "implicit",
        Protocols.TlsMode.StartTls => "starttls",
        Protocols.TlsMode.StartTlsOptional => "starttls-optional",
        _ => "plain",
    };
}
