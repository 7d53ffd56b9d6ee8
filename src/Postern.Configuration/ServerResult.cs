using System.Collections.Immutable;
using Postern.Configuration.Settings;

namespace Postern.Configuration;

/// <summary>What a configuration says of posternd itself, with none of the files read that it names.</summary>
/// <param name="Server">Null when there is at least one error.</param>
public sealed record ServerResult(ServerSettings? Server, ImmutableArray<ConfigurationProblem> Problems);
