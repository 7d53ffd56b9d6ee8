using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using Postern.Configuration.Reading;

namespace Postern.Configuration.Discovery;

/// <summary>
/// Reads the SRV records of a DNS message (RFC 1035 §4, RFC 2782). Whatever the bytes are, the answer is a list: what cannot be
/// read ends it, and a name that is no host name is left out.
/// </summary>
public static class SrvAnswer
{
    /// <summary>More than any domain has.</summary>
    public const int MaxRecords = 32;

    private const int HeaderLength = 12;
    private const int TypeSrv = 33;
    private const int ClassIn = 1;
    private const int RecordFixedLength = 10;
    private const int SrvFixedLength = 6;

    /// <summary>RFC 1035 §2.3.4.</summary>
    private const int MaxName = 255;

    /// <summary>A name has at most 127 labels; a pointer that goes round would have more jumps than that.</summary>
    private const int MaxJumps = 127;

    public static ImmutableArray<SrvRecord> Read(ReadOnlySpan<byte> message)
    {
        var records = ImmutableArray.CreateBuilder<SrvRecord>();
        if (message.Length < HeaderLength)
            return [];

        int questions = BinaryPrimitives.ReadUInt16BigEndian(message[4..]);
        int answers = BinaryPrimitives.ReadUInt16BigEndian(message[6..]);
        int at = HeaderLength;
        for (int i = 0; i < questions; i++)
        {
            if (!TryName(message, ref at, out _) || (at += 4) > message.Length)
                return [];
        }

        for (int i = 0; i < answers && records.Count < MaxRecords; i++)
        {
            if (!TryName(message, ref at, out _) || at + RecordFixedLength > message.Length)
                break;

            ReadOnlySpan<byte> record = message[at..];
            int length = BinaryPrimitives.ReadUInt16BigEndian(record[8..]);
            at += RecordFixedLength;
            if (at + length > message.Length)
                break;

            bool isSrv = BinaryPrimitives.ReadUInt16BigEndian(record) == TypeSrv && BinaryPrimitives.ReadUInt16BigEndian(record[2..]) == ClassIn;
            if (isSrv && ReadService(message, at, length) is { } service)
                records.Add(service);
            at += length;
        }

        return records.ToImmutable();
    }

    private static SrvRecord? ReadService(ReadOnlySpan<byte> message, int at, int length)
    {
        int end = at + length;
        if (length <= SrvFixedLength)
            return null;

        ReadOnlySpan<byte> data = message[at..];
        int priority = BinaryPrimitives.ReadUInt16BigEndian(data);
        int weight = BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
        int port = BinaryPrimitives.ReadUInt16BigEndian(data[4..]);
        at += SrvFixedLength;
        if (!TryName(message, ref at, out string target) || at != end)
            return null;

        // What is dialled, and named in logs, is a host's name and nothing else.
        if (target.Length > 0 && (port == 0 || !AddressText.IsHostName(target)))
            return null;
        return new SrvRecord(priority, weight, port, target);
    }

    /// <summary>RFC 1035 §4.1.4: labels, or a pointer to where the rest of the name stands, which must stand before.</summary>
    private static bool TryName(ReadOnlySpan<byte> message, ref int at, out string name)
    {
        name = "";
        var text = new StringBuilder();
        int read = at;
        bool jumped = false;
        for (int jumps = 0; jumps < MaxJumps;)
        {
            if (read >= message.Length)
                return false;

            int length = message[read];
            switch (length >> 6)
            {
                case 0 when length == 0:
                    if (!jumped)
                        at = read + 1;
                    name = text.ToString().ToLowerInvariant();
                    return true;

                case 0:
                    if (read + 1 + length > message.Length || text.Length + length + 1 > MaxName)
                        return false;
                    _ = text.Append(text.Length > 0 ? "." : "").Append(Encoding.Latin1.GetString(message.Slice(read + 1, length)));
                    read += 1 + length;
                    break;

                case 3:
                    if (read + 1 >= message.Length)
                        return false;
                    int pointer = ((length & 0x3f) << 8) | message[read + 1];
                    if (!jumped)
                        at = read + 2;
                    if (pointer >= read)
                        return false;
                    jumped = true;
                    read = pointer;
                    jumps++;
                    break;

                default:
                    return false;
            }
        }

        return false;
    }
}
