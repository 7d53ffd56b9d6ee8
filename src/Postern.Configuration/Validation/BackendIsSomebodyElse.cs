using System.Net;
using Postern.Configuration.Reading;
using Postern.Configuration.Settings;

namespace Postern.Configuration.Validation;

/// <summary>A backend is an address that can be connected to, and not the gate itself: that would be an endless loop.</summary>
internal sealed class BackendIsSomebodyElse : GateRule
{
    protected override void Check(GateDraft gate, ProblemList problems)
    {
        Check(gate.Backend, gate, gate.Table, problems);
        foreach (RouteDraft route in gate.Routes)
            Check(route.Backend, gate, route.Table, problems);
    }

    private static void Check(Setting<EndpointAddress>? backend, GateDraft gate, TableReader table, ProblemList problems)
    {
        if (backend is null)
            return;

        IPAddress? ip = AddressText.TryIp(backend.Value.Host);
        if (ip is not null && IsWildcard(ip))
        {
            problems.Error(backend.At, table.Name("backend"), $"{backend.Value} is an address to listen on, not to connect to: write 127.0.0.1:{backend.Value.Port}");
            return;
        }

        foreach (EndpointAddress listen in gate.Listen?.Values ?? [])
        {
            if (Reaches(backend.Value, ip, listen))
                problems.Error(backend.At, table.Name("backend"), $"{backend.Value} is this gate itself, which listens on {listen}");
        }
    }

    private static bool Reaches(EndpointAddress backend, IPAddress? ip, EndpointAddress listen)
    {
        if (backend == listen)
            return true;

        // On a wildcard we listen on loopback too; which other addresses are ours is not known here.
        bool loopback = ip is not null ? IPAddress.IsLoopback(ip) : backend.Host == "localhost";
        return loopback && backend.Port == listen.Port && AddressText.TryIp(listen.Host) is { } own && IsWildcard(own);
    }

    private static bool IsWildcard(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}
