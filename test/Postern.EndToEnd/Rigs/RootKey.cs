using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Postern.EndToEnd.Rigs;

/// <summary>A key that signs a root of our own: its DNSKEY record and the signature of that (RFC 4034), ECDSA P-256 (RFC 6605).</summary>
internal sealed class RootKey
{
    private const int TypeDnsKey = 48;
    private const int TypeSignature = 46;
    private const int TimeToLive = 300;
    private const byte Algorithm = 13;

    private readonly byte[] _key;
    private readonly byte[] _signature;

    public RootKey()
    {
        using ECDsa pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ECPoint point = pair.ExportParameters(false).Q;
        _key = [1, 1, 3, Algorithm, .. point.X!, .. point.Y!];
        byte[] head =
        [
            .. Word(TypeDnsKey), Algorithm, 0, .. Long(TimeToLive), .. Long(Seconds(DateTimeOffset.UtcNow.AddDays(7))), .. Long(Seconds(DateTimeOffset.UtcNow.AddDays(-7))),
            .. Word(Tag), 0,
        ];
        _signature = [.. head, .. pair.SignData([.. head, 0, .. Record(TypeDnsKey, _key)], HashAlgorithmName.SHA256)];
    }

    /// <summary>As a zone file has it.</summary>
    public string Anchor => string.Create(System.Globalization.CultureInfo.InvariantCulture, $". IN DS {Tag} {Algorithm} 2 {Convert.ToHexString(SHA256.HashData([0, .. _key]))}");

    /// <summary>The answer section, two records, to the question for the root's keys.</summary>
    public byte[] Answer => [0, .. Record(TypeDnsKey, _key), 0, .. Record(TypeSignature, _signature)];

    /// <summary>RFC 4034, appendix B.</summary>
    private int Tag
    {
        get
        {
            int sum = 0;
            for (int i = 0; i < _key.Length; i++)
                sum += (i & 1) == 0 ? _key[i] << 8 : _key[i];
            return (sum + (sum >> 16)) & 0xffff;
        }
    }

    /// <summary>Behind the owner: type, class, TTL, length, RDATA.</summary>
    private static byte[] Record(int type, byte[] data) => [.. Word(type), 0, 1, .. Long(TimeToLive), .. Word(data.Length), .. data];

    private static uint Seconds(DateTimeOffset time) => (uint)time.ToUnixTimeSeconds();

    private static byte[] Word(int value) => [(byte)(value >> 8), (byte)value];

    private static byte[] Long(uint value)
    {
        byte[] bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }
}
