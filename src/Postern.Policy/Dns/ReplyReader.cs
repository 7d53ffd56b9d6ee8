using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Postern.Policy.Dane;

namespace Postern.Policy.Dns;

/// <summary>
/// Reads the records of replies. One that cannot be read is left out, and a reply whose records are all so is no denial: it has
/// none of use (RFC 7672 §2.2 tells unusable TLSA records from none).
/// </summary>
public static class ReplyReader
{
    public static DnsAnswer<MxRecord> Mx(this DnsReply reply) => Read(reply, RecordType.Mx, MxRecord.Read);

    public static DnsAnswer<TlsaRecord> Tlsa(this DnsReply reply) => Read(reply, RecordType.Tlsa, TlsaRecord.Read);

    public static DnsAnswer<SrvRecord> Srv(this DnsReply reply) => Read(reply, RecordType.Srv, SrvRecord.Read);

    /// <summary>Each record joined, an octet a character (<see cref="TxtRecord.Read"/>).</summary>
    public static DnsAnswer<string> Texts(this DnsReply reply) => Read(reply, RecordType.Txt, TxtRecord.Read);

    /// <summary>Of A or AAAA.</summary>
    public static DnsAnswer<IPAddress> Addresses(this DnsReply reply) => reply.Question.Type == RecordType.Aaaa
        ? Read(reply, RecordType.Aaaa, rdata => Address(rdata, AddressFamily.InterNetworkV6))
        : Read(reply, RecordType.A, rdata => Address(rdata, AddressFamily.InterNetwork));

    private delegate T? Reader<T>(ReadOnlySpan<byte> rdata);

    private static DnsAnswer<T> Read<T>(DnsReply reply, RecordType type, Reader<T> read)
        where T : class
    {
        DnsQuestion question = reply.Question;
        if (question.Type != type)
            throw new ArgumentException($"{question} is read as {type}", nameof(reply));
        if (!reply.IsAnswer)
            return Answer.Failed<T>(question.Name, reply.State);

        bool secure = reply.State == DnsState.Secure;
        if (reply.Content != DnsContent.Records)
            return Answer.Denied<T>(question.Name, secure, reply.Content == DnsContent.NoName, reply.Expanded);

        var records = ImmutableArray.CreateBuilder<T>(reply.Records.Length);
        foreach (ImmutableArray<byte> rdata in reply.Records)
        {
            if (read(rdata.AsSpan()) is { } record)
                records.Add(record);
        }

        return Answer.Found(question.Name, secure, records.ToImmutable(), reply.Expanded);
    }

    private static IPAddress? Address(ReadOnlySpan<byte> rdata, AddressFamily family)
    {
        int length = family == AddressFamily.InterNetwork ? 4 : 16;
        return rdata.Length == length ? new IPAddress(rdata) : null;
    }
}
