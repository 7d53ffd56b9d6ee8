using Postern.Configuration.Reading;

namespace Postern.Configuration.Validation;

/// <summary>Whoever may send a PROXY header may claim any address: that should be a balancer, not the world.</summary>
internal sealed class ProxySendersAreFew : GateRule
{
    protected override void Check(GateDraft gate, ProblemList problems)
    {
        foreach (Setting<string> network in gate.AcceptProxyFrom?.Items ?? [])
        {
            if (network.Value.EndsWith("/0", StringComparison.Ordinal))
                problems.Warning(network.At, gate.Table.Name("accept-proxy-from"), $"{network.Value} is everybody: every client must send a PROXY header and can claim any address");
        }
    }
}
