using Postern.Configuration.Discovery;
using Postern.Configuration.Reading;
using Postern.Configuration.Settings;
using Postern.Protocols;

namespace Postern.Configuration.Validation;

/// <summary>A backend is discovered by a protocol's own SRV names, and with TLS: what DNS says, anybody may have said.</summary>
internal sealed class DiscoveryFits : GateRule
{
    protected override void Check(GateDraft gate, ProblemList problems)
    {
        if (!gate.Discovers)
            return;

        CheckMode(gate, problems);
        if (gate.Protocol is not { Value: { } protocol } || ServiceNames.Of(protocol.Name) is not null)
            return;

        foreach ((Setting<EndpointAddress> backend, TableReader table) in gate.Backends.Where(each => each.Backend.Value.Domain is not null))
            problems.Error(backend.At, table.Name("backend"), NoNames(protocol));
    }

    private static void CheckMode(GateDraft gate, ProblemList problems)
    {
        string key = gate.Table.Name("backend-tls");
        if (gate.BackendTls.Mode is not { } mode)
        {
            // How TLS comes to what is found follows from what is found; of an address that is written nobody says it.
            if (!gate.Table.Has("backend-tls") && gate.Backends.FirstOrDefault(each => each.Backend.Value.Domain is null) is { Backend: { } written })
                problems.Error(gate.Table.At, key, $"is missing: how does TLS come to {Quoted.Word(written.Value.ToString())}? Write \"implicit\" or \"starttls\", which then holds for what is discovered too");
            return;
        }

        if (mode.Value == TlsMode.Plain)
            problems.Error(mode.At, key, "cannot be \"plain\" where a backend is discovered: an answer of DNS proves nothing, and the server must; leave it out, or write \"implicit\" or \"starttls\"");
        else if (mode.Value == TlsMode.Implicit && gate.Protocol is { Value: { } protocol } && ServiceNames.Of(protocol.Name) is { Implicit: null })
            problems.Error(mode.At, key, $"{protocol.Name} has no SRV name for TLS from the first byte: leave it out, or write \"starttls\"");
    }

    private static string NoNames(Protocol protocol) => protocol.Name == "smtp"
        ? "a domain's smtp server is named by MX records, not by SRV: write its \"host:port\""
        : $"no SRV name is known for {protocol.Name}, so nothing can be discovered: write \"host:port\"";
}
