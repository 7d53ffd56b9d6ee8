using Postern.Configuration.Settings;
using Postern.Policy.Service;

namespace Postern.Configuration;

/// <summary>The ports of the hosts in the world that a gate leads to.</summary>
/// <param name="Port">The one port; 0: none.</param>
/// <param name="AsSrvNames">Which one, the other server's SRV record says: any of <see cref="ServicePort.IsAllowed"/>.</param>
public sealed record OutboundPorts(int Port, bool AsSrvNames)
{
    public static OutboundPorts Of(GateSettings gate)
    {
        ArgumentNullException.ThrowIfNull(gate);
        return gate.LeadsToServices
            ? new OutboundPorts(0, AsSrvNames: true)
            : new OutboundPorts(gate.Outbound?.Port ?? 0, AsSrvNames: false);
    }

    public bool Include(int port) => AsSrvNames ? ServicePort.IsAllowed(port) : port > 0 && port == Port;
}
