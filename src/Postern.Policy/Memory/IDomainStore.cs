using Postern.Policy.Dns;
using Postern.Policy.TlsRpt;

namespace Postern.Policy.Memory;

/// <summary>
/// Where memories and figures outlive a process. Called by several threads. What cannot be read is a domain that was never seen, and
/// what cannot be written is lost: mail does not wait for a disk.
/// </summary>
public interface IDomainStore
{
    /// <param name="domain">Which.</param>
    /// <param name="memory">Null: nothing is known of it.</param>
    /// <returns>False: it could not be read, and a domain that looks new may have had a policy yesterday.</returns>
    bool TryFind(DnsName domain, out DomainMemory? memory);

    /// <summary>In place of what was known of the domain.</summary>
    void Keep(DomainMemory memory);

    /// <summary>One session, for the reports (RFC 8460).</summary>
    /// <param name="policy">Under which it counts.</param>
    /// <param name="failure">Null: it was as it should be.</param>
    void Count(ReportedPolicy policy, SessionFailure? failure);
}
