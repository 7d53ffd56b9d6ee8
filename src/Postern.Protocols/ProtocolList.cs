using System.Collections.Immutable;
using Postern.Protocols.Tcp;

namespace Postern.Protocols;

/// <summary>Every protocol that this Postern speaks, by its word in the configuration.</summary>
public static class ProtocolList
{
    public static ImmutableArray<Protocol> All { get; } =
    [
        TcpProtocol.Instance,
    ];

    public static Protocol? Find(string name)
    {
        foreach (Protocol protocol in All)
        {
            if (protocol.Name == name)
                return protocol;
        }

        return null;
    }
}
