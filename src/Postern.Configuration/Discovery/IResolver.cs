using System.Collections.Immutable;
using System.Net;
using Postern.Interop.LibC;

namespace Postern.Configuration.Discovery;

/// <summary>Whoever answers for names. Asked while a configuration is loaded, never by a worker.</summary>
internal interface IResolver
{
    /// <summary>Addresses in the order to be tried; empty when there is none.</summary>
    /// <param name="host">A host name, no literal.</param>
    /// <param name="wrong">Why there is none, as the end of a sentence; else empty.</param>
    ImmutableArray<IPAddress> Addresses(string host, out string wrong);

    /// <summary>The SRV records of a name like <c>_imaps._tcp.example.org</c>, in the order of the answer.</summary>
    SrvReply Services(string name);
}

/// <summary>What came of a question for SRV records.</summary>
/// <param name="Outcome">Answered, though what was answered may hold no record that can be used.</param>
/// <param name="Records">Empty unless answered.</param>
internal sealed record SrvReply(QueryOutcome Outcome, ImmutableArray<SrvRecord> Records)
{
    public static SrvReply Failed(QueryOutcome outcome) => new(outcome, []);
}
