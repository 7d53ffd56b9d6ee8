using Postern.Interop.LibC;
using Postern.Protocols;

namespace Postern.Configuration.Discovery;

/// <summary>What an operator is told when a domain's server is not found: what happened, and what to do.</summary>
internal static class SrvWords
{
    /// <summary>What to do where the domain leads nowhere: two sentences.</summary>
    public const string Remedy = "Is it that domain? Else write the server's \"host:port\", with backend-tls";

    /// <summary>Nobody knows whether there is a service; null where it is known.</summary>
    public static string? Trouble(SrvReply reply, string name) => reply.Outcome switch
    {
        QueryOutcome.ServerFailed =>
            $"the name server failed (SERVFAIL) when asked for {name}: often a signature or a delegation of that domain is broken; try again later, or ask it: dig SRV {name}",
        QueryOutcome.Refused =>
            $"the name server refused to answer for {name}: does the one in /etc/resolv.conf resolve for this machine?",
        QueryOutcome.NoAnswer =>
            $"no name server answered in time for {name}: see /etc/resolv.conf, and whether a packet filter is between",
        _ => null,
    };

    /// <summary>It is known that there is none.</summary>
    public static string Missing(SrvReply reply, string name) => reply.Outcome switch
    {
        QueryOutcome.NoSuchName => $"there is no name {name} (NXDOMAIN)",
        QueryOutcome.NoRecord => $"{name} has no SRV record",
        _ when reply.Records.IsEmpty => $"{name} has no SRV record that can be used (a target is a host name, with a port)",
        _ => $"{name} has the target \".\", which says that the service is not offered",
    };

    public static string Nowhere(string protocol, string domain, IEnumerable<string> missing, TlsMode? only)
    {
        string word = only == TlsMode.Implicit ? "implicit" : "starttls";
        string choice = only is null ? "" : $"; no other is asked for, since backend-tls = \"{word}\"";
        return $"no server for {protocol} at {domain} was found: {string.Join(", and ", missing)}{choice}. {Remedy}";
    }
}
