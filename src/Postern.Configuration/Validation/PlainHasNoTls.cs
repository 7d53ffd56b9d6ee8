using Postern.Configuration.Reading;
using Postern.Configuration.Settings;
using Postern.Protocols;

namespace Postern.Configuration.Validation;

/// <summary>
/// Keys about TLS at a gate without TLS. Where the key promises a check that will not happen it is an error, where it
/// is only idle a warning.
/// </summary>
internal sealed class PlainHasNoTls : GateRule
{
    private const string Idle = "has no effect with tls = \"plain\"";

    protected override void Check(GateDraft gate, ProblemList problems)
    {
        if (gate.Tls?.Value != TlsMode.Plain)
            return;

        if (gate.ClientCertificate is { Value: not ClientCertificate.None } wanted)
            problems.Error(wanted.At, gate.Table.Name("client-certificate"), "needs TLS; this gate has tls = \"plain\"");

        if (gate.Table.Has("route"))
            problems.Error(gate.Table.Place("route"), gate.Table.Name("route"), "needs TLS, which brings the SNI to route by; this gate has tls = \"plain\"");

        foreach (string key in (ReadOnlySpan<string>)["certificate", "alpn", "min-tls", "handshake-timeout"])
        {
            if (gate.Table.Has(key))
                problems.Warning(gate.Table.Place(key), gate.Table.Name(key), Idle);
        }
    }
}
