using System.Net;
using System.Net.Sockets;
using Postern.Configuration.Reading;
using Postern.Configuration.Settings;

namespace Postern.Configuration.Validation;

/// <summary>
/// Two listeners on one address cannot be bound, and [::] is every address of this machine, IPv4 as well: it overlaps
/// with each other listener of its port. 0.0.0.0 overlaps with each IPv4 listener of its port.
/// </summary>
internal sealed class ListenersDoNotOverlap : IRule
{
    public void Check(FileDraft file, ProblemList problems)
    {
        string control = file.Server.Control?.Value ?? Settlement.DefaultControl;
        List<(Setting<EndpointAddress> Listen, GateDraft Gate)> seen = [];
        foreach (GateDraft gate in file.Gates)
        {
            foreach (Setting<EndpointAddress> listen in gate.Listen?.Items ?? [])
            {
                if (listen.Value.Path == control)
                    problems.Error(listen.At, gate.Table.Name("listen"), $"{listen.Value} is the control socket");

                foreach ((Setting<EndpointAddress> other, GateDraft owner) in seen)
                {
                    if (Overlap(listen.Value, other.Value) is not { } how)
                        continue;

                    string whose = owner == gate ? "" : $" of {owner.Table.Path}";
                    problems.Error(listen.At, gate.Table.Name("listen"), $"{listen.Value} {how} {other.Value}{whose} on line {other.At.Line}");
                    break;
                }

                seen.Add((listen, gate));
            }
        }
    }

    private static string? Overlap(EndpointAddress one, EndpointAddress other)
    {
        if (one.Path is not null || other.Path is not null)
            return one.Path == other.Path ? "is listened on already, by" : null;

        if (one.Port != other.Port)
            return null;

        IPAddress? first = AddressText.TryIp(one.Host);
        IPAddress? second = AddressText.TryIp(other.Host);
        if (first is null || second is null)
            return string.Equals(one.Host, other.Host, StringComparison.OrdinalIgnoreCase) ? "is listened on already, by" : null;

        first = Unmapped(first);
        second = Unmapped(second);
        if (first.Equals(second))
            return "is listened on already, by";

        if (Covers(second, first))
            return "is among the addresses of";

        return Covers(first, second) ? "takes the connections of" : null;
    }

    private static bool Covers(IPAddress wildcard, IPAddress address) =>
        wildcard.Equals(IPAddress.IPv6Any)
        || (wildcard.Equals(IPAddress.Any) && address.AddressFamily == AddressFamily.InterNetwork);

    private static IPAddress Unmapped(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
