using Postern.Cli.Explain;
using Postern.Configuration;
using Postern.Policy.Survey;
using Postern.Resolver;

namespace Postern.Cli.Live;

/// <summary>What DANE says of backends, asked as posternd's resolver asks it.</summary>
internal sealed class DaneLook : IDisposable
{
    /// <summary>Nothing is begun after it.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    private readonly Lock _lock = new();
    private readonly ResolverSnapshot _resolver;
    private readonly Sources _sources;

    private DaneLook(ResolverSnapshot resolver, Sources sources) => (_resolver, _sources) = (resolver, sources);

    /// <summary>Null, and why.</summary>
    public static DaneLook? Open(ResolverSnapshot resolver, out string wrong) =>
        Sources.Of(resolver, out wrong) is { } sources ? new DaneLook(resolver, sources) : null;

    /// <summary>Waits for the DNS. Without a demand, and why, where nothing is proved.</summary>
    public BackendFinding Find(int gate, int route, int index)
    {
        DaneBackend? backend = _resolver.Backends.FirstOrDefault(each => (each.Gate, each.Route, each.Index) == (gate, route, index));
        if (backend?.ToCase() is not { } known)
            return new BackendFinding(null, "it has no name in the DNS", []);
        lock (_lock)
            return new BackendSurveyor(_sources.Dns, _sources.Policies.Takes).Run(known, s_limit) ?? new BackendFinding(null, "the DNS does not answer in time", []);
    }

    public void Dispose() => _sources.Dispose();
}
