using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Postern.Policy.Memory;
using Postern.Policy.MtaSts;
using Postern.Policy.TlsRpt;

namespace Postern.Cli.State;

/// <summary>What <c>postern policy list --json</c> prints: one object, one line.</summary>
internal sealed record MemoryReport(ImmutableArray<MemoryReport.Domain> Domains)
{
    /// <param name="Sts">Null: it never had a policy.</param>
    internal sealed record Domain(string Name, DateTimeOffset FirstSeen, DateTimeOffset LastSeen, StsFacts? Sts, ImmutableArray<HostFacts> Hosts);

    /// <param name="Policy">Null: there is none.</param>
    /// <param name="Failure">Null: the last fetch went well.</param>
    internal sealed record StsFacts(DateTimeOffset? FirstSeen, DateTimeOffset? CheckedAt, PolicyFacts? Policy, FailureFacts? Failure);

    /// <param name="Mode"><c>enforce</c>, <c>testing</c> or <c>none</c>.</param>
    internal sealed record PolicyFacts(string Id, string Mode, ImmutableArray<string> Mx, DateTimeOffset FetchedAt, DateTimeOffset HoldsUntil);

    internal sealed record FailureFacts(string Id, DateTimeOffset At, string Type, string Reason);

    /// <param name="Level"><c>clear</c>, <c>encrypted</c>, <c>host-authenticated</c>, <c>mta-sts</c> or <c>dane</c>.</param>
    internal sealed record HostFacts(string Name, string Level, DateTimeOffset First, DateTimeOffset Last, string Evidence);

    public static void Write(IEnumerable<DomainMemory> memories, TextWriter output) =>
        output.WriteLine(JsonSerializer.Serialize(new MemoryReport([.. memories.Select(Of)]), MemoryReportJson.Default.MemoryReport));

    private static Domain Of(DomainMemory memory) => new(memory.Domain.Text, memory.FirstSeen, memory.LastSeen, memory.Sts is { } sts ? Of(sts) : null,
        [.. (memory.Ratchet?.Hosts ?? []).Select(host => new HostFacts(host.Host.Text, DomainMemoryText.Of(host.Level), host.First, host.Last, host.Evidence))]);

    private static StsFacts Of(StsMemory sts) => new(sts.FirstSeen, sts.CheckedAt,
        sts.Held is { } held
            ? new PolicyFacts(held.Id, StsPolicy.Word(held.Policy.Mode), [.. held.Policy.Hosts.Select(host => host.ToString())], held.FetchedAt, held.FetchedAt + held.Policy.MaxAge)
            : null,
        sts.Failure is { } failure ? new FailureFacts(failure.Id, failure.At, ReportWords.Of(failure.Type), failure.Reason) : null);
}

[JsonSerializable(typeof(MemoryReport))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class MemoryReportJson : JsonSerializerContext;
