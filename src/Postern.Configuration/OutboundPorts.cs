using System.Collections.Immutable;
using Postern.Configuration.Settings;
using Postern.Protocols.Xmpp;

namespace Postern.Configuration;

/// <summary>The ports of the hosts in the world that a gate leads to.</summary>
/// <param name="Port">The one port; 0: none.</param>
/// <param name="AsSrvNames">The other server's own word, an SRV record, says which: any but those of <see cref="Mail"/>.</param>
public sealed record OutboundPorts(int Port, bool AsSrvNames)
{
    private const int MaxPort = 65535;

    /// <summary>Where mail is handed over. A worker that was stolen must not become a sender of mail, and no XMPP server listens there.</summary>
    private static readonly ImmutableArray<int> Mail = [25, 465, 587];

    public static OutboundPorts Of(GateSettings gate)
    {
        ArgumentNullException.ThrowIfNull(gate);
        return gate switch
        {
            { Outbound: null } => new OutboundPorts(0, AsSrvNames: false),
            { Protocol: var protocol } when protocol == XmppProtocol.Server.Name => new OutboundPorts(0, AsSrvNames: true),
            _ => new OutboundPorts(gate.Outbound.Port, AsSrvNames: false),
        };
    }

    public bool Include(int port) => port is > 0 and <= MaxPort && (AsSrvNames ? !Mail.Contains(port) : port == Port);
}
