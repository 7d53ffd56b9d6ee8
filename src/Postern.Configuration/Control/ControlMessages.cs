using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Postern.Configuration.Control;

// The control socket (docs/protocol/control.md): a unix stream socket of the supervisor's. The client writes one
// JSON object and a line feed, the supervisor answers with one JSON object and a line feed and closes.

/// <summary>What is asked: <c>status</c>, <c>reload</c>, or <c>flush</c> with a domain.</summary>
public sealed record ControlRequest(string Command)
{
    /// <summary>Of which nothing is to be known any more.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Domain { get; init; }
}

/// <summary>The answer to any request. For a reload that was refused, <see cref="Problems"/> says why.</summary>
public sealed record ControlReply
{
    public required bool Ok { get; init; }

    /// <summary>One sentence for a person.</summary>
    public required string Message { get; init; }

    /// <summary>Problems of the configuration, as a compiler would print them, one a string.</summary>
    public ImmutableArray<string> Problems { get; init; } = [];

    public StatusReport? Status { get; init; }
}

/// <summary>What <c>postern status</c> shows.</summary>
public sealed record StatusReport
{
    public required string Version { get; init; }

    public required string ConfigurationFile { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required DateTimeOffset ConfiguredAt { get; init; }

    /// <summary>Warnings that an operator should know as long as they hold.</summary>
    public required ImmutableArray<string> Notices { get; init; }

    public required ImmutableArray<GenerationStatus> Generations { get; init; }

    public required ImmutableArray<GateStatus> Gates { get; init; }

    public required ImmutableArray<CertificateStatus> Certificates { get; init; }
}

/// <param name="State"><c>starting</c>, <c>current</c> or <c>draining</c>.</param>
public sealed record GenerationStatus(
    int Number, string State, DateTimeOffset Since, ServiceStatus KeyAgent, ServiceStatus Dialer, ServiceStatus? Nursery, ImmutableArray<WorkerStatus> Workers)
{
    /// <summary>Null where no mail goes out to the world.</summary>
    public ServiceStatus? Resolver { get; init; }

    /// <summary>Null where nothing of outbound mail is kept.</summary>
    public ServiceStatus? Recorder { get; init; }
}

/// <param name="Restarts">How often one died and was replaced.</param>
/// <param name="Pid">0 while there is none.</param>
public sealed record ServiceStatus(int Pid, int Restarts);

/// <param name="Restarts">How often a worker in this place died and was replaced.</param>
public sealed record WorkerStatus(int Pid, long Live, int Restarts);

/// <param name="Live">Connections open now, in all workers and generations.</param>
/// <param name="Accepted">Connections accepted since the supervisor started.</param>
/// <param name="Stages">Connections that ended, by the stage that they had reached (proxy, negotiation, handshake, dial, greeting, relay).</param>
/// <param name="Outcomes">Connections that ended, by why: <c>closed</c>, <c>injection</c>, <c>handshake-failed</c>, …</param>
public sealed record GateStatus(
    string Name,
    string Protocol,
    string Tls,
    ImmutableArray<string> Listen,
    long Live,
    long Accepted,
    long BytesFromClients,
    long BytesToClients,
    ImmutableDictionary<string, long> Stages,
    ImmutableDictionary<string, long> Outcomes)
{
    /// <summary>What was found for backends that are written <c>discover:</c>, one a string.</summary>
    public ImmutableArray<string> Discovered { get; init; } = [];
}

public sealed record CertificateStatus(
    string Name, ImmutableArray<string> DnsNames, string KeyType, DateTimeOffset NotAfter);

[JsonSerializable(typeof(ControlRequest))]
[JsonSerializable(typeof(ControlReply))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
public sealed partial class ControlJson : JsonSerializerContext;
