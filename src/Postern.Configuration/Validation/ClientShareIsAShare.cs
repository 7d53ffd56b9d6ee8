using Postern.Configuration.Reading;

namespace Postern.Configuration.Validation;

/// <summary>A limit for one client above the limit for all is never reached.</summary>
internal sealed class ClientShareIsAShare : GateRule
{
    protected override void Check(GateDraft gate, ProblemList problems)
    {
        int all = gate.MaxConnections?.Value ?? Settlement.DefaultMaxConnections;
        if (gate.MaxConnectionsPerClient is { } share && share.Value > all && (gate.MaxConnections is not null || !gate.Table.Has("max-connections")))
            problems.Warning(share.At, gate.Table.Name("max-connections-per-client"), $"is never reached: max-connections is {all}");
    }
}
