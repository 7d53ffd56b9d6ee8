using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.Memory;
using Postern.Policy.Ratchet;

namespace Postern.Store.Tests;

/// <summary>What tests keep.</summary>
internal static class Memories
{
    public static DateTimeOffset Now { get; } = new(2026, 11, 27, 15, 0, 0, TimeSpan.Zero);

    public static DnsName Name(string text) => DnsName.Read(text)!;

    public static DomainMemory Of(string domain, DateTimeOffset? seen = null, AssuredLevel? level = AssuredLevel.Dane) => new(Name(domain), seen ?? Now, seen ?? Now)
    {
        Ratchet = level is { } had
            ? new RatchetMemory(Name(domain)) { Hosts = [new HostLevel(Name("mx." + domain), had, seen ?? Now, seen ?? Now, "evidence")] }
            : null,
    };
}
