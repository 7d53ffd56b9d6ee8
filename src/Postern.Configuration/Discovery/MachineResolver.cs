using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Postern.Interop.LibC;

namespace Postern.Configuration.Discovery;

/// <summary>The machine's own: for addresses all that nsswitch.conf(5) names (so that /etc/hosts counts), for services DNS alone.</summary>
internal sealed class MachineResolver : IResolver
{
    public static MachineResolver Instance { get; } = new();

    public ImmutableArray<IPAddress> Addresses(string host, out string wrong)
    {
        try
        {
            ImmutableArray<IPAddress> addresses = [.. Dns.GetHostAddresses(host).Where(IsUsable).Distinct()];
            wrong = addresses.IsEmpty ? "it has no address" : "";
            return addresses;
        }
        catch (SocketException failure)
        {
            wrong = Reason(failure.SocketErrorCode);
            return [];
        }
    }

    public SrvReply Services(string name)
    {
        QueryOutcome outcome = ServiceQuery.Ask(name, out byte[] message);
        return outcome == QueryOutcome.Answered ? new SrvReply(outcome, SrvAnswer.Read(message)) : SrvReply.Failed(outcome);
    }

    // A link-local address is nothing without the zone that a name does not carry.
    private static bool IsUsable(IPAddress address) => !address.IsIPv6LinkLocal;

    private static string Reason(SocketError error) => error switch
    {
        SocketError.HostNotFound or SocketError.NoData => "it does not exist or has no address",
        SocketError.TryAgain => "no name server answered",
        _ => $"the resolver failed ({error})",
    };
}
