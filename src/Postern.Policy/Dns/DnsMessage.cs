using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace Postern.Policy.Dns;

/// <summary>
/// Messages of the DNS (RFC 1035 §4) to and from a resolver of this machine, whose word about DNSSEC is believed: the AD bit
/// (RFC 4035 §3.2.3). Only for a resolver from which nobody else can answer, over loopback.
/// </summary>
public static class DnsMessage
{
    /// <summary>What is taken over UDP: no fragment on any network (RFC 9715 §3).</summary>
    public const int MaxDatagram = 1232;

    internal const int HeaderLength = 12;

    /// <summary>An alias of an alias of an alias: resolvers follow about as many.</summary>
    private const int MaxAliases = 16;

    /// <summary>More records than this are no answer to one question.</summary>
    private const int MaxRecords = 1024;

    private const int ClassIn = 1;
    private const int TypeOpt = 41;
    private const int TypeDnsKey = 48;

    // RFC 1035 §4.1.1, RFC 4035 §3.1.6: flags of the header's second word.
    private const int Response = 0x8000;
    private const int Truncated = 0x0200;
    private const int RecursionDesired = 0x0100;
    private const int AuthenticData = 0x0020;
    private const int CodeMask = 0x000f;
    private const int NoError = 0;
    private const int NxDomain = 3;

    /// <param name="question">What is asked.</param>
    /// <param name="id">Nobody can guess it.</param>
    public static byte[] WriteQuery(DnsQuestion question, ushort id) => WriteQuery(
        [.. question.Name.Text.Split('.').SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0], (int)question.Type, id);

    /// <summary>The question for the keys of the root, which must be secure where anything is.</summary>
    public static byte[] WriteCanary(ushort id) => WriteQuery([0], TypeDnsKey, id);

    /// <param name="message">Any.</param>
    /// <param name="id">Of the question.</param>
    /// <param name="problem">What it says against the resolver, as the end of a sentence; empty when all is well.</param>
    /// <returns>False when it answers something else.</returns>
    public static bool IsCanary(ReadOnlySpan<byte> message, ushort id, out string problem)
    {
        problem = "";
        if (message.Length < HeaderLength || Word(message, 0) != id || (Word(message, 2) & Response) == 0)
            return false;

        // Its keys may not fit. That is no matter here.
        int flags = Word(message, 2);
        if ((flags & CodeMask) != NoError || ((flags & Truncated) == 0 && Word(message, 6) == 0))
            problem = "does not answer for the root's keys";
        else if ((flags & AuthenticData) == 0)
            problem = "does not validate: what it says of the root's keys is not marked as authentic (AD)";
        return true;
    }

    private static byte[] WriteQuery(byte[] name, int type, ushort id)
    {
        List<byte> message = [];
        Put(message, id);

        // RFC 6840 §5.7: AD in a query asks for AD in the answer, and for no signatures.
        Put(message, RecursionDesired | AuthenticData);
        foreach (int count in (ReadOnlySpan<int>)[1, 0, 0, 1])
            Put(message, count);
        message.AddRange(name);
        Put(message, type);
        Put(message, ClassIn);

        // RFC 6891 §6.1.2: the root, OPT, how much is taken over UDP, no flag, no option.
        message.Add(0);
        Put(message, TypeOpt);
        Put(message, MaxDatagram);
        for (int i = 0; i < 3; i++)
            Put(message, 0);
        return [.. message];
    }

    /// <summary>Whether it answers this question; what does not is somebody else's and is waited past (RFC 5452 §9.1).</summary>
    public static bool IsAnswerTo(ReadOnlySpan<byte> message, DnsQuestion question, ushort id)
    {
        if (message.Length < HeaderLength || Word(message, 0) != id || (Word(message, 2) & Response) == 0 || Word(message, 4) != 1)
            return false;

        int at = HeaderLength;
        return TryName(message, ref at, out DnsName? name) && name == question.Name && at + 4 <= message.Length
            && Word(message, at) == (int)question.Type && Word(message, at + 2) == ClassIn;
    }

    /// <summary>It did not fit, and is to be asked for over TCP.</summary>
    public static bool IsTruncated(ReadOnlySpan<byte> message) => message.Length >= HeaderLength && (Word(message, 2) & Truncated) != 0;

    /// <param name="message">For which <see cref="IsAnswerTo"/> is true.</param>
    /// <param name="question">What was asked.</param>
    /// <returns>Failed for what cannot be read to its end: half of an answer would be another answer.</returns>
    public static DnsReply Read(ReadOnlySpan<byte> message, DnsQuestion question)
    {
        int code = Word(message, 2) & CodeMask;
        if (IsTruncated(message))
            return DnsReply.Failed(question, DnsState.Failed, "the answer is cut off");
        if (code is not (NoError or NxDomain))
            return DnsReply.Failed(question, DnsState.Failed, $"the resolver says RCODE {code}{(code == 2 ? " (SERVFAIL): also when signatures are wrong" : "")}");
        if (ReadRecords(message) is not { } records)
            return DnsReply.Failed(question, DnsState.Failed, "the answer cannot be read");

        DnsName end = question.Name;
        for (int i = 0; question.Type != RecordType.Cname && records.Find(record => record.Owner == end && record.Type == (int)RecordType.Cname) is { } alias; i++)
        {
            if (i == MaxAliases || DnsName.ReadWire(alias.Data, out _) is not { } target)
                return DnsReply.Failed(question, DnsState.Failed, "its CNAMEs lead nowhere");
            end = target;
        }

        bool secure = (Word(message, 2) & AuthenticData) != 0;
        ImmutableArray<ImmutableArray<byte>> found =
            [.. records.Where(record => record.Owner == end && record.Type == (int)question.Type).Select(record => record.Data.ToImmutableArray())];
        bool isDenied = found.IsEmpty || code == NxDomain;
        DnsReply reply = isDenied ? DnsReply.Denied(question, secure, code == NxDomain, end) : DnsReply.Found(question, secure, found, end);

        // All that was needed for the answer: with a denial comes a SOA, which says how long it holds (RFC 2308 §5).
        IEnumerable<uint> lives = records.Select(record => record.Life);
        return reply with { TimeToLive = (int)Math.Min(lives.Append(isDenied ? DenialLife(message) : uint.MaxValue).Min(), int.MaxValue) };
    }

    private sealed record Record(DnsName? Owner, int Type, uint Life, byte[] Data);

    /// <summary>The lesser of the SOA's own life and of its last field; 0 when there is none.</summary>
    private static uint DenialLife(ReadOnlySpan<byte> message)
    {
        const int TypeSoa = 6;
        const int LastField = 4;
        int at = HeaderLength;
        if (!TryName(message, ref at, out _) || (at += 4) > message.Length)
            return 0;

        int count = Math.Min(Word(message, 6) + Word(message, 8), MaxRecords);
        for (int i = 0; i < count; i++)
        {
            const int FixedLength = 10;
            if (!TryName(message, ref at, out _) || at + FixedLength > message.Length)
                return 0;

            int type = Word(message, at);
            uint life = BinaryPrimitives.ReadUInt32BigEndian(message[(at + 4)..]);
            int length = Word(message, at + 8);
            at += FixedLength + length;
            if (at > message.Length)
                return 0;
            if (type == TypeSoa && length >= LastField)
                return Math.Min(life, BinaryPrimitives.ReadUInt32BigEndian(message[(at - LastField)..]));
        }

        return 0;
    }

    private static List<Record>? ReadRecords(ReadOnlySpan<byte> message)
    {
        int at = HeaderLength;
        if (!TryName(message, ref at, out _) || (at += 4) > message.Length)
            return null;

        List<Record> records = [];
        int count = Word(message, 6);
        for (int i = 0; i < count; i++)
        {
            const int FixedLength = 10;
            if (i == MaxRecords || !TryName(message, ref at, out DnsName? owner) || at + FixedLength > message.Length)
                return null;

            int type = Word(message, at);
            bool ours = Word(message, at + 2) == ClassIn;
            uint life = BinaryPrimitives.ReadUInt32BigEndian(message[(at + 4)..]);
            int length = Word(message, at + 8);
            at += FixedLength;
            if (at + length > message.Length)
                return null;
            if (ours && Data(message, at, length, type) is { } data)
                records.Add(new Record(owner, type, life, data));
            at += length;
        }

        return records;
    }

    /// <summary>RDATA with its name written out: RFC 3597 §4 allows compression in MX and CNAME, and older servers do it in SRV.</summary>
    /// <returns>Null when it cannot be read: the record is left out.</returns>
    private static byte[]? Data(ReadOnlySpan<byte> message, int at, int length, int type)
    {
        int before = (RecordType)type switch
        {
            RecordType.Cname => 0,
            RecordType.Mx => 2,
            RecordType.Srv => 6,
            _ => length,
        };
        ReadOnlySpan<byte> data = message.Slice(at, length);
        if (before == length)
            return data.ToArray();

        int read = at + before;
        List<byte> name = [];
        return before < length && TryWireName(message, ref read, name) && read == at + length ? [.. data[..before], .. name] : null;
    }

    private static bool TryName(ReadOnlySpan<byte> message, ref int at, out DnsName? name)
    {
        List<byte> wire = [];
        name = null;
        if (!TryWireName(message, ref at, wire))
            return false;
        name = DnsName.ReadWire([.. wire], out _);
        return true;
    }

    /// <summary>RFC 1035 §4.1.4: labels, or a pointer to where the rest of the name stands, which must stand before.</summary>
    private static bool TryWireName(ReadOnlySpan<byte> message, ref int at, List<byte> wire)
    {
        const int MaxWire = 255;
        const int PointerMask = 0x3f;
        int read = at;
        int floor = at;
        bool jumped = false;
        while (read < message.Length)
        {
            int length = message[read];
            switch (length >> 6)
            {
                case 0 when length == 0:
                    wire.Add(0);
                    at = jumped ? at : read + 1;
                    return wire.Count <= MaxWire;

                case 0 when read + 1 + length <= message.Length && wire.Count + 1 + length < MaxWire:
                    wire.AddRange(message.Slice(read, 1 + length));
                    read += 1 + length;
                    break;

                // Always further to the front: nothing goes round.
                case 3 when read + 1 < message.Length && (((length & PointerMask) << 8) | message[read + 1]) is var pointer && pointer < floor:
                    at = jumped ? at : read + 2;
                    jumped = true;
                    read = floor = pointer;
                    break;

                default:
                    return false;
            }
        }

        return false;
    }

    private static int Word(ReadOnlySpan<byte> message, int at) => BinaryPrimitives.ReadUInt16BigEndian(message[at..]);

    private static void Put(List<byte> message, int word)
    {
        message.Add((byte)(word >> 8));
        message.Add((byte)word);
    }
}
