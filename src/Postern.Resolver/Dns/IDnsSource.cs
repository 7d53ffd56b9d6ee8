using System.Collections.Immutable;
using Postern.Policy.Dns;

namespace Postern.Resolver.Dns;

/// <summary>Whoever answers questions of the DNS and says how sure the answers are.</summary>
public interface IDnsSource
{
    /// <summary>Asks all at once, and waits for all.</summary>
    /// <returns>One reply for each, in the order of the questions; what failed, or took too long, says so.</returns>
    ImmutableArray<DnsReply> Look(ImmutableArray<DnsQuestion> questions);

    /// <summary>
    /// The keys of the root must be secure: where they are not, nothing is, and DANE is silently off for everybody.
    /// </summary>
    /// <returns>Null when they are; else what is wrong, as the end of a sentence.</returns>
    string? Canary();
}
