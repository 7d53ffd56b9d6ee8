using Postern.Policy.Dns;

namespace Postern.Configuration.Discovery;

/// <summary>Where a service is (RFC 2782).</summary>
/// <param name="Priority">Lower is tried first.</param>
/// <param name="Weight">Among those of one priority, how often it comes first.</param>
/// <param name="Port">1 to 65535; 0 only where there is no target.</param>
/// <param name="Target">A host name in lower case without its closing dot; empty: the service is decidedly not there.</param>
public sealed record SrvRecord(int Priority, int Weight, int Port, string Target) : ISrvRank
{
    /// <summary>RFC 2782: a target of "." means that the service is not available at this domain.</summary>
    public bool IsAbsent => Target.Length == 0;
}
