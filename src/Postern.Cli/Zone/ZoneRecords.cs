using System.Collections.Immutable;
using System.Globalization;
using Postern.Configuration;
using Postern.Configuration.Discovery;
using Postern.Configuration.Settings;
using Postern.Interop.LibSsl;
using Postern.Protocols;

namespace Postern.Cli.Zone;

/// <summary>What a zone should say about the gates of a configuration: where they are, what is not there, which keys they have.</summary>
internal static class ZoneRecords
{
    /// <summary>What has TLS from the first byte is preferred to what has to ask for it (RFC 8314 §4.1).</summary>
    private const int FirstChoice = 0, SecondChoice = 10;

    private const int AnyWeight = 1;

    /// <param name="snapshot">The configuration, its certificates read.</param>
    /// <param name="domain">What stands behind the @ of the site's users.</param>
    /// <param name="host">The name that clients connect to; the certificates carry it.</param>
    public static ImmutableArray<ZoneRecord> Of(Snapshot snapshot, string domain, string host)
    {
        var records = ImmutableArray.CreateBuilder<ZoneRecord>();
        // An outbound serves the site's own programs: nobody finds it by the site's zone.
        var gates = snapshot.Gates.Select(gate => gate.Settings).Where(gate => gate.Outbound is null && PublicPorts(gate).Length > 0).ToList();
        foreach (IGrouping<string, GateSettings> group in gates.GroupBy(gate => gate.Protocol))
            records.AddRange(Services(group.Key, [.. group], domain, host));
        foreach (GateSettings gate in gates.Where(gate => gate.Tls != TlsMode.Plain))
            records.AddRange(Keys(snapshot, gate, host));
        return [.. records.Distinct()];
    }

    private static IEnumerable<ZoneRecord> Services(string protocol, GateSettings[] gates, string domain, string host)
    {
        if (ServiceNames.Of(protocol) is not { } names)
            yield break;

        string why = $"{protocol} ({names.Source})";
        // A gate that serves both on each of its ports has them in the order of the habit: 5222, 5223.
        foreach (GateSettings gate in gates.Where(gate => BeginsWithTls(gate) && names.Implicit is not null))
            yield return Service(names.Implicit!, domain, FirstChoice, PublicPorts(gate)[^1], host, why);

        var asking = gates.Where(gate => gate.Tls is TlsMode.StartTls or TlsMode.StartTlsOptional).ToList();
        foreach (GateSettings gate in asking.Where(_ => names.Plain is not null))
            yield return Service(names.Plain!, domain, SecondChoice, PublicPorts(gate)[0], host, why);

        // RFC 6186 §3.4: a target of "." says that the service is decidedly not there, so that nobody tries it in the clear.
        if (asking.Count == 0 && names is { Plain: { } plain, Implicit: not null })
            yield return new ZoneRecord($"{plain}.{domain}.", "SRV", "0 0 0 .", why);
    }

    private static ZoneRecord Service(string name, string domain, int priority, int port, string host, string why) => new(
        $"{name}.{domain}.", "SRV", string.Create(CultureInfo.InvariantCulture, $"{priority} {AnyWeight} {port} {host}."), why);

    /// <summary>3 1 1: the key of the server itself, whoever signed its certificate (RFC 6698 §2.1, RFC 7671 §5.1).</summary>
    private static IEnumerable<ZoneRecord> Keys(Snapshot snapshot, GateSettings gate, string host)
    {
        foreach (string name in gate.Certificates)
        {
            LoadedCertificate certificate = snapshot.Certificates.First(each => each.Name == name);
            if (!certificate.DnsNames.Any(dns => IsFor(dns, host)) || PublicKeyPin.OfFirst(certificate.ChainPem) is not { } pin)
                continue;

            foreach (int port in PublicPorts(gate))
            {
                yield return new ZoneRecord(
                    string.Create(CultureInfo.InvariantCulture, $"_{port}._tcp.{host}."), "TLSA", "3 1 1 " + Convert.ToHexStringLower(pin),
                    "the keys: only in a zone that is signed, and changed before the key is (RFC 7671 §8.1)");
            }
        }
    }

    private static bool IsFor(string dns, string host) =>
        string.Equals(dns, host, StringComparison.OrdinalIgnoreCase)
        || (dns.StartsWith("*.", StringComparison.Ordinal) && host.Contains('.', StringComparison.Ordinal)
            && string.Equals(dns[1..], host[host.IndexOf('.', StringComparison.Ordinal)..], StringComparison.OrdinalIgnoreCase));

    private static bool BeginsWithTls(GateSettings gate) =>
        gate.Tls == TlsMode.Implicit || (gate.Tls == TlsMode.StartTls && ProtocolList.Find(gate.Protocol) is { SharesPort: true });

    /// <summary>None for a gate that is for this machine only.</summary>
    private static ImmutableArray<int> PublicPorts(GateSettings gate) =>
        [.. gate.Listen.Where(address => !address.IsLocal).Select(address => address.Port).Distinct()];
}
