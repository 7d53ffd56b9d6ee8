using Postern.Policy.MtaSts;
using Postern.Policy.Survey;

namespace Postern.Resolver.Policies;

/// <summary>Whoever fetches policies of MTA-STS.</summary>
public interface IPolicySource
{
    /// <summary>Takes <see cref="StsFetch.TimeLimit"/> at most.</summary>
    StsFetchResult Fetch(PolicyRequest request);
}
