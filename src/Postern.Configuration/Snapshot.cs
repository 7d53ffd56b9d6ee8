using System.Collections.Immutable;
using Postern.Configuration.Forms;
using Postern.Configuration.Settings;
using Postern.Interop.LibSsl.Certificates;

namespace Postern.Configuration;

/// <summary>
/// Everything that one generation of workers needs, with every file read and every name resolved: the configuration
/// cannot change under a worker, because there is nothing left that it could look up.
/// </summary>
public sealed record Snapshot
{
    /// <summary>Counts up with each configuration that took effect; 1 is the first.</summary>
    public required int Generation { get; init; }

    public required ServerSettings Server { get; init; }

    public required ImmutableArray<LoadedCertificate> Certificates { get; init; }

    public required ImmutableArray<LoadedGate> Gates { get; init; }

    /// <summary>What session ticket keys are derived from, as its file has it; empty where none is named, and in what workers get.</summary>
    public byte[] TicketSecret { get; init; } = [];

    /// <summary>The system's authorities, once for all gates; empty where no gate trusts them and nothing goes out.</summary>
    public byte[] SystemTrustPem { get; init; } = [];

    /// <summary>What the resolver gets; null where nothing goes out to the world and DANE proves no backend, and in what workers get.</summary>
    public ResolverSnapshot? Resolver { get; init; }

    /// <summary>The same without a private key and without the secret of tickets, for the workers.</summary>
    public Snapshot WithoutKeys() =>
        this with { TicketSecret = [], Resolver = null, Certificates = [.. Certificates.Select(certificate => certificate with { KeyPem = [], Passphrase = [], Token = null })] };

    /// <summary>The private keys and the secret of tickets, for the key agent.</summary>
    /// <param name="drawnSecret">The secret where the configuration names none.</param>
    public KeySnapshot Keys(byte[] drawnSecret) => new()
    {
        TicketSecret = TicketSecret.Length > 0 ? TicketSecret : drawnSecret,
        TicketLifetime = (int)Server.TicketLifetime.TotalSeconds,
        SessionPolicies = [.. Gates.Select(gate => gate.SessionPolicies)],
        Keys = [.. Certificates.Select(certificate => new AgentKey
        {
            Pem = certificate.KeyPem,
            Token = certificate.Token,
            ChainPem = certificate.IsOnToken ? certificate.ChainPem : [],
            Passphrase = certificate.Passphrase,
            Use = Gates.Any(gate => gate.Settings.ShownCertificates.Contains(certificate.Name)) ? KeyUse.Client : KeyUse.Server,
            Kind = certificate.KeyKind,
            Bits = certificate.KeyBits,
        })],
    };

    /// <summary>The keys on tokens alone, for a process that tries them; each in its place, and nothing else that is secret.</summary>
    public KeySnapshot TokenKeys()
    {
        KeySnapshot keys = Keys([]);
        return keys with
        {
            TicketSecret = [],
            SessionPolicies = [],
            Keys = [.. keys.Keys.Select(key => key with { Pem = [], Passphrase = [] })],
        };
    }

    /// <summary>Some key is on a token: the key agent has to reach it.</summary>
    public bool HasTokens => Certificates.Any(certificate => certificate.IsOnToken);

    /// <summary>The backends, for the dialer.</summary>
    public BackendSnapshot Backends() =>
        new()
        {
            Gates = [.. Gates.Select(gate => gate.RouteBackends.Insert(0, gate.Backend))],
            OutboundPorts = [.. Gates.Select(gate => OutboundPorts.Of(gate.Settings))],
            AllowsPrivate = Resolver is { AllowsPrivate: true },
        };

    /// <summary>What discovery found, with the key of each backend in the file.</summary>
    public ImmutableArray<(string Key, DiscoveredBackend Backend)> Discovered =>
        [.. Gates.SelectMany(gate => gate.Discovered.Index().Where(each => each.Item is not null).Select(each =>
            (gate.Settings.Key + (each.Index == 0 ? "" : $".route[#{each.Index}]") + ".backend", each.Item!)))];

    public byte[] Write() => Form.Write(this, SnapshotForm.Snapshot);

    /// <summary>Reads what <see cref="Write"/> wrote; the supervisor is trusted, so a failure is a bug and throws.</summary>
    public static Snapshot Read(ReadOnlySpan<byte> bytes) => Form.Read<Snapshot>(bytes, SnapshotForm.Snapshot);
}

/// <summary>A certificate with the contents of its files.</summary>
public sealed record LoadedCertificate
{
    public required string Name { get; init; }

    public required byte[] ChainPem { get; init; }

    /// <summary>The private key; empty in what workers get, and for a key on a token. Never logged, never in an error.</summary>
    public required byte[] KeyPem { get; init; }

    /// <summary>Where the private key is when it is on a token; null in what workers get.</summary>
    public TokenKey? Token { get; init; }

    public bool IsOnToken { get; init; }

    /// <summary>The key's passphrase; empty for a key without one, and in what workers get.</summary>
    public byte[] Passphrase { get; init; } = [];

    /// <summary>DNS names of the leaf's subjectAltName, lower case; "*.example.org" for a wildcard.</summary>
    public required ImmutableArray<string> DnsNames { get; init; }

    public required DateTimeOffset NotBefore { get; init; }

    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>"EC", "RSA" or "ED25519".</summary>
    public string KeyType => KeyKind switch { KeyKind.Ec => "EC", KeyKind.Rsa => "RSA", _ => "ED25519" };

    public required KeyKind KeyKind { get; init; }

    public required int KeyBits { get; init; }
}

/// <summary>A gate with its backends resolved.</summary>
public sealed record LoadedGate
{
    public required GateSettings Settings { get; init; }

    /// <summary>Addresses of <see cref="GateSettings.Backend"/>, to be tried in order; empty when every connection is routed.</summary>
    public required ImmutableArray<ResolvedAddress> Backend { get; init; }

    /// <summary>Addresses of each of <see cref="GateSettings.Routes"/>, in the same order.</summary>
    public required ImmutableArray<ImmutableArray<ResolvedAddress>> RouteBackends { get; init; }

    /// <summary>What was found for the gate's own backend, then for each route's; null where the operator wrote the address.</summary>
    public ImmutableArray<DiscoveredBackend?> Discovered { get; init; } = [];

    /// <summary>Null where backends speak plain text.</summary>
    public LoadedBackendTls? BackendTls { get; init; }

    /// <summary>PEM of <see cref="GateSettings.ClientCa"/>; null when no client certificate is asked for.</summary>
    public byte[]? ClientCaPem { get; init; }

    /// <summary>The gate's row in the scoreboard; stable over reloads while the supervisor lives.</summary>
    public int Row { get; init; }

    /// <summary><see cref="SessionPolicy"/> of the gate's own backend, then of each route.</summary>
    public required ImmutableArray<byte[]> SessionPolicies { get; init; }
}

/// <summary>An address that can be connected to without asking anybody: a literal IP and a port, or a path.</summary>
public sealed record ResolvedAddress
{
    public string? Path { get; init; }

    public string? Ip { get; init; }

    public int Port { get; init; }

    /// <summary>The name that it is an address of; null where the operator wrote an address.</summary>
    public string? Host { get; init; }

    /// <summary>As the operator would write it.</summary>
    public override string ToString() => Path is not null ? "unix:" + Path : Ip!.Contains(':', StringComparison.Ordinal) ? $"[{Ip}]:{Port}" : $"{Ip}:{Port}";
}
