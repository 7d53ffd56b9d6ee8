using Postern.Configuration.Reading;
using Postern.Configuration.Settings;

namespace Postern.Configuration.Validation;

/// <summary>A list of clients is nothing without certificates to know them by.</summary>
internal sealed class ClientAllowNeedsCertificates : GateRule
{
    protected override void Check(GateDraft gate, ProblemList problems)
    {
        if (!gate.Table.Has("client-allow"))
            return;

        bool unread = gate.ClientCertificate is null && gate.Table.Has("client-certificate");
        if (!unread && gate.ClientCertificate is not { Value: not ClientCertificate.None })
            problems.Error(gate.Table.Place("client-allow"), gate.Table.Name("client-allow"), "has no effect without client-certificate = \"request\" or \"require\"");
        if (gate.Table.ListIsEmpty("client-allow"))
            problems.Error(gate.Table.ValuePlace("client-allow"), gate.Table.Name("client-allow"), "is empty: nobody with a certificate would be let in");
    }
}
