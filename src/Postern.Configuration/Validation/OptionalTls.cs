using Postern.Configuration.Reading;
using Postern.Configuration.Settings;
using Postern.Protocols;

namespace Postern.Configuration.Validation;

/// <summary>RFC 3207 §4.1: only a public mail server on port 25 must take mail in the clear. Such mail has no TLS to ask anything of.</summary>
internal sealed class OptionalTls : GateRule
{
    protected override void Check(GateDraft gate, ProblemList problems)
    {
        if (gate.Tls is not { Value: TlsMode.StartTlsOptional } tls)
            return;

        if (gate.Protocol is { Value: { Name: not "smtp" } protocol })
        {
            string instead = protocol.HasStartTls ? "starttls" : "implicit";
            problems.Error(tls.At, gate.Table.Name("tls"), $"\"starttls-optional\" is for smtp only (RFC 3207 §4.1), not for {protocol.Name}: write \"{instead}\"");
        }

        if (gate.ClientCertificate is { Value: ClientCertificate.Require } require)
            problems.Error(require.At, gate.Table.Name("client-certificate"), "cannot be \"require\" with tls = \"starttls-optional\": mail in the clear brings no certificate");

        if (gate.Table.Has("route") && !gate.Table.Has("backend"))
            problems.Error(gate.Table.At, gate.Table.Name("backend"), "is missing: with tls = \"starttls-optional\", mail in the clear has no SNI to be routed by");
    }
}
