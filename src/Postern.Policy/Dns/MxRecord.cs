using System.Buffers.Binary;

namespace Postern.Policy.Dns;

/// <summary>One mail exchanger (RFC 5321 §5.1).</summary>
/// <param name="Preference">Lower is tried first.</param>
/// <param name="Host">Null: the root, with which a domain says that it takes no mail (RFC 7505).</param>
public sealed record MxRecord(int Preference, DnsName? Host)
{
    private const int PreferenceLength = 2;

    public bool IsNull => Host is null;

    /// <param name="rdata">RDATA as it is on the wire, its name uncompressed.</param>
    /// <returns>Null for what is none, and for a host that has no name of a host: nobody can be dialled there.</returns>
    public static MxRecord? Read(ReadOnlySpan<byte> rdata)
    {
        if (rdata.Length <= PreferenceLength)
            return null;

        int preference = BinaryPrimitives.ReadUInt16BigEndian(rdata);
        ReadOnlySpan<byte> name = rdata[PreferenceLength..];
        if (name is [0])
            return new MxRecord(preference, null);
        return DnsName.ReadWire(name, out int length) is { } host && length == name.Length ? new MxRecord(preference, host) : null;
    }

    public override string ToString() => $"{Preference} {Host?.Text ?? "."}";
}
