using System.Buffers.Binary;

namespace Postern.Protocols.ProxyProtocol;

/// <summary>
/// Version 2: 12 bytes of signature, version and command, family, length, addresses, TLVs.
/// </summary>
internal static class ProxyHeaderV2
{
    public const int FixedLength = 16;

    /// <summary>Addresses and TLVs together. Cloud balancers send a few dozen bytes; a client certificate a few thousand.</summary>
    public const int MaxBody = 8 * 1024;

    public const byte CommandLocal = 0x20;
    public const byte CommandProxy = 0x21;
    public const byte FamilyUnspecified = 0x00;
    public const byte FamilyTcp4 = 0x11;
    public const byte FamilyTcp6 = 0x21;
    private const byte FamilyUdp4 = 0x12;
    private const byte FamilyUdp6 = 0x22;
    private const byte FamilyUnixStream = 0x31;
    private const byte FamilyUnixDatagram = 0x32;

    public static ProxyHeaderResult Read(ReadOnlySpan<byte> input)
    {
        if (input.Length < FixedLength)
            return ProxyHeaderResult.NeedInput;

        byte command = input[12];
        byte family = input[13];
        int body = BinaryPrimitives.ReadUInt16BigEndian(input[14..]);
        if (command is not (CommandLocal or CommandProxy))
            return ProxyHeaderResult.Invalid("a version 2 header with an unknown version or command");
        if (body > MaxBody)
            return ProxyHeaderResult.Invalid("a version 2 header longer than 8 KiB");
        if (input.Length < FixedLength + body)
            return ProxyHeaderResult.NeedInput;

        // LOCAL is the balancer's own health check: "discard the protocol block including the family which is ignored".
        int length = FixedLength + body;
        if (command == CommandLocal)
            return new ProxyHeaderResult(ProxyHeaderStatus.Parsed, length);

        int addresses = family switch
        {
            FamilyUnspecified => 0,
            FamilyTcp4 or FamilyUdp4 => 12,
            FamilyTcp6 or FamilyUdp6 => 36,
            FamilyUnixStream or FamilyUnixDatagram => 216,
            _ => -1,
        };

        // "Other values are unspecified … and must be rejected as invalid by receivers."
        if (addresses < 0)
            return ProxyHeaderResult.Invalid("a version 2 header with an unknown address family");

        ReadOnlySpan<byte> rest = input.Slice(FixedLength, body);
        if (rest.Length < addresses)
            return ProxyHeaderResult.Invalid("a version 2 header too short for its addresses");
        if (!TypeLengthValue.AreWellFormed(rest[addresses..]))
            return ProxyHeaderResult.Invalid("a version 2 header with a broken TLV");
        if (!Crc32c.Holds(input[..length], FixedLength + addresses))
            return ProxyHeaderResult.Invalid("a version 2 header whose checksum does not hold");

        // The known families that we have no use for are taken as UNSPEC, as the specification wants: UDP and unix say
        // nothing that is an address of a TCP client.
        if (family is not (FamilyTcp4 or FamilyTcp6))
            return new ProxyHeaderResult(ProxyHeaderStatus.Parsed, length);

        int size = family == FamilyTcp4 ? 4 : 16;
        var source = new ProxyAddress(rest[..size], BinaryPrimitives.ReadUInt16BigEndian(rest[(2 * size)..]));
        var destination = new ProxyAddress(
            rest.Slice(size, size), BinaryPrimitives.ReadUInt16BigEndian(rest[((2 * size) + 2)..]));
        return new ProxyHeaderResult(ProxyHeaderStatus.Parsed, length, true, source, destination);
    }
}
