using System.Collections.Immutable;
using Postern.Policy.Dane;
using Postern.Policy.Dns;

namespace Postern.Resolver;

/// <summary>
/// Finds the records that look usable and that OpenSSL does not take, in all that was published and not in the
/// <see cref="TlsaUse.MaxRecords"/> that a decision takes of it: so broken records push out no good one, and a survey is not made again
/// for each lot of them.
/// </summary>
internal static class TlsaSieve
{
    /// <param name="replies">Of any type.</param>
    /// <param name="takes">Whether OpenSSL can match a record; null: all that look usable.</param>
    public static ImmutableArray<TlsaRecord> Refused(ImmutableArray<DnsReply> replies, Func<TlsaRecord, bool>? takes) => takes is null
        ? []
        : [.. replies.Where(reply => reply.State == DnsState.Secure && reply.Question.Type == RecordType.Tlsa)
            .SelectMany(reply => reply.Tlsa().Records)
            .Distinct()
            .Where(record => TlsaUse.Check(record, smtp: false) == TlsaFault.None && !takes(record))];
}
