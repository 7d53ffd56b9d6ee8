using Postern.Configuration.Reading;
using Postern.Configuration.Settings;

namespace Postern.Configuration.Validation;

/// <summary>client-certificate and client-ca go together.</summary>
internal sealed class ClientCertificateNeedsCa : GateRule
{
    protected override void Check(GateDraft gate, ProblemList problems)
    {
        bool unread = gate.ClientCertificate is null && gate.Table.Has("client-certificate");
        bool wanted = gate.ClientCertificate is { Value: not ClientCertificate.None };
        if (wanted && !gate.Table.Has("client-ca"))
            problems.Error(gate.ClientCertificate!.At, gate.Table.Name("client-certificate"), "needs client-ca, the PEM file of the authorities that clients' certificates are verified against");

        if (!wanted && !unread && gate.Table.Has("client-ca"))
            problems.Error(gate.Table.Place("client-ca"), gate.Table.Name("client-ca"), "has no effect without client-certificate = \"request\" or \"require\"");
    }
}
