using System.Collections.Immutable;

namespace Postern.Configuration;

/// <summary>The result of reading what a configuration names: certificates, keys, CA files, addresses.</summary>
/// <param name="Snapshot">Null when there is at least one error.</param>
public sealed record SnapshotResult(Snapshot? Snapshot, ImmutableArray<ConfigurationProblem> Problems);

/// <summary>The same of [policy] and [resolver] alone.</summary>
/// <param name="Snapshot">Null when there is at least one error.</param>
public sealed record ResolverResult(ResolverSnapshot? Snapshot, ImmutableArray<ConfigurationProblem> Problems);
