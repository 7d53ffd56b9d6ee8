using System.Collections.Immutable;
using Postern.Configuration.Settings;

namespace Postern.Configuration;

/// <summary>The result of reading a configuration: either usable settings (perhaps with warnings), or every error at once.</summary>
/// <param name="Settings">Null when there is at least one error.</param>
public sealed record ConfigurationResult(PosternSettings? Settings, ImmutableArray<ConfigurationProblem> Problems);

/// <summary>The result of reading what a configuration names: certificates, keys, CA files, addresses.</summary>
/// <param name="Snapshot">Null when there is at least one error.</param>
public sealed record SnapshotResult(Snapshot? Snapshot, ImmutableArray<ConfigurationProblem> Problems);
