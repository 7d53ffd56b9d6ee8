using Postern.Configuration.Reading;
using Postern.Protocols;
using Postern.Protocols.Lookup;

namespace Postern.Configuration.Validation;

/// <summary>Postfix asks its maps in the clear, on its own machine; and there is no host that policies are sent to.</summary>
internal sealed class LookupsHaveNoTls : GateRule
{
    protected override void Check(GateDraft gate, ProblemList problems)
    {
        if (gate.Protocol is not { Value: LookupProtocol protocol })
            return;

        if (gate.Tls is { Value: not TlsMode.Plain } tls)
            problems.Error(tls.At, gate.Table.Name("tls"), $"protocol = \"{protocol.Name}\" has no TLS: write tls = \"plain\"");
        foreach (string key in (ReadOnlySpan<string>)["port", "allow-open-relay"])
        {
            if (gate.Table.Has(key))
                problems.Warning(gate.Table.Place(key), gate.Table.Name(key), $"has no effect with protocol = \"{protocol.Name}\"");
        }
    }
}
