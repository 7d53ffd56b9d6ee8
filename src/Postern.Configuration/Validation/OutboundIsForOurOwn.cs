using Postern.Configuration.Reading;
using Postern.Configuration.Settings;
using Postern.Protocols;
using Postern.Protocols.Lookup;
using Postern.Protocols.Xmpp;

namespace Postern.Configuration.Validation;

/// <summary>
/// Whoever reaches an outbound sends mail through this machine, to anybody. So it is for programs of this machine, or for those
/// that show a certificate, or it is an open relay, and the operator has to write that word. For XMPP, where the gate shows a
/// certificate of ours, there is no such word.
/// </summary>
internal sealed class OutboundIsForOurOwn : GateRule
{
    protected override void Check(GateDraft gate, ProblemList problems)
    {
        if (gate.Outbound is not { } outbound || gate.Protocol is { Value: LookupProtocol })
            return;

        // Written badly is not written: that has been said, and nothing can be concluded from it.
        TableReader table = gate.Table;
        if (gate.Tls is null || gate.Listen is null || (gate.ClientCertificate is null && table.Has("client-certificate")) || (outbound.AllowOpenRelay is null && table.Has("allow-open-relay")))
            return;

        bool plain = gate.Tls.Value == TlsMode.Plain;
        bool proven = !plain && gate.ClientCertificate is { Value: ClientCertificate.Require };
        List<Setting<EndpointAddress>> open = proven ? [] : [.. gate.Listen.Items.Where(listen => !listen.Value.IsLocal)];
        bool isMail = gate.Protocol is not { Value: XmppProtocol };
        if (outbound.AllowOpenRelay is { } allowed && isMail)
        {
            if (open.Count == 0 && gate.Listen.Items.Count > 0)
                problems.Warning(allowed.At, table.Name("allow-open-relay"), proven ? "has no effect: clients must show a certificate" : "has no effect: only this machine can reach this outbound");
            if (allowed.Value)
                return;
        }

        // PlainStaysAtHome has said it already.
        if (plain && gate.AllowPlainRemote is not { Value: true })
            return;

        string remedy = plain
            ? "listen on 127.0.0.1, or take TLS and write client-certificate = \"require\" and client-ca"
            : "write client-certificate = \"require\" and client-ca, or listen on 127.0.0.1";
        string danger = isMail ? "send mail through this machine to anybody" : "talk to any XMPP server as if it were yours";
        string escape = isMail ? "; allow-open-relay = true if that is meant" : "";
        foreach (Setting<EndpointAddress> listen in open)
            problems.Error(listen.At, table.Name("listen"), $"whoever reaches {listen.Value}, which is not loopback, could {danger}: {remedy}{escape}");
    }
}
