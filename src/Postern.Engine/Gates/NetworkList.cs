using System.Collections.Immutable;
using System.Net;
using Postern.Interop.LibC;

namespace Postern.Engine.Gates;

/// <summary>Networks from which a PROXY header is believed, matched without an allocation.</summary>
public sealed class NetworkList(ImmutableArray<IPNetwork> networks)
{
    private readonly ImmutableArray<Entry> _entries = [.. networks.Select(network => new Entry(network))];

    public bool IsEmpty => _entries.IsEmpty;

    /// <summary>A unix socket's client is local by nature: file permissions say who may connect.</summary>
    public bool Contains(Endpoint client)
    {
        if (client.Family == EndpointFamily.None)
            return !_entries.IsEmpty;

        Span<byte> address = stackalloc byte[16];
        address = address[..client.CopyAddress(address)];
        foreach (Entry entry in _entries)
        {
            if (entry.Matches(address))
                return true;
        }

        return false;
    }

    private sealed class Entry(IPNetwork network)
    {
        private readonly byte[] _base = network.BaseAddress.GetAddressBytes();
        private readonly int _bits = network.PrefixLength;

        public bool Matches(ReadOnlySpan<byte> address)
        {
            if (address.Length != _base.Length)
                return false;

            int whole = _bits / 8;
            if (!address[..whole].SequenceEqual(_base.AsSpan(0, whole)))
                return false;

            int rest = _bits % 8;
            return rest == 0 || ((address[whole] ^ _base[whole]) >> (8 - rest)) == 0;
        }
    }
}
