using System.Buffers.Binary;

namespace Postern.Policy.Dns;

/// <summary>Where a service is (RFC 2782).</summary>
/// <param name="Priority">Lower is tried first.</param>
/// <param name="Weight">Among those of one priority, how often it comes first.</param>
/// <param name="Port">1 to 65535; any where there is no target.</param>
/// <param name="Target">Null: the root, with which a domain says that it has no such service.</param>
public sealed record SrvRecord(int Priority, int Weight, int Port, DnsName? Target)
{
    private const int FixedLength = 6;

    public bool IsAbsent => Target is null;

    /// <param name="rdata">RDATA as it is on the wire, its name uncompressed.</param>
    /// <returns>Null for what is none, and for a target that cannot be dialled.</returns>
    public static SrvRecord? Read(ReadOnlySpan<byte> rdata)
    {
        if (rdata.Length <= FixedLength)
            return null;

        int priority = BinaryPrimitives.ReadUInt16BigEndian(rdata);
        int weight = BinaryPrimitives.ReadUInt16BigEndian(rdata[2..]);
        int port = BinaryPrimitives.ReadUInt16BigEndian(rdata[4..]);
        ReadOnlySpan<byte> name = rdata[FixedLength..];
        if (name is [0])
            return new SrvRecord(priority, weight, port, null);
        return port != 0 && DnsName.ReadWire(name, out int length) is { } target && length == name.Length
            ? new SrvRecord(priority, weight, port, target)
            : null;
    }

    public override string ToString() => $"{Priority} {Weight} {Port} {Target?.Text ?? "."}";
}
