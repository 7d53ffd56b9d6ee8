using Postern.Configuration.Reading;
using Postern.Protocols.Xmpp;

namespace Postern.Configuration.Validation;

/// <summary>Keys of an outbound that are for mail alone, or for XMPP alone.</summary>
internal sealed class OutboundKeysFit : GateRule
{
    protected override void Check(GateDraft gate, ProblemList problems)
    {
        if (gate.Outbound is null || gate.Protocol is not { } protocol)
            return;

        if (protocol.Value is XmppProtocol)
        {
            if (gate.Table.ListIsEmpty("backend-certificate"))
                problems.Error(gate.Table.ValuePlace("backend-certificate"), gate.Table.Name("backend-certificate"), "is empty: leave it out, and other servers know yours by dialback");
            Refuse(gate.Table, "port", "is for mail: SRV records say at which port an XMPP server listens, and without them it is 5269", problems);
            Refuse(gate.Table, "allow-open-relay", "is for mail: nobody but your own server may talk to others with your certificate", problems);
        }
        else
        {
            Refuse(gate.Table, "backend-certificate", "is for protocol = \"xmpp-server\": hosts that mail goes to are shown none", problems);
        }
    }

    private static void Refuse(TableReader table, string key, string why, ProblemList problems)
    {
        if (table.Has(key))
            problems.Error(table.Place(key), table.Name(key), why);
    }
}
