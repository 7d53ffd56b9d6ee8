using System.Net;
using Postern.Configuration.Settings;

namespace Postern.Configuration.Reading;

/// <summary>Reads <c>[resolver]</c>.</summary>
internal static class ResolverReader
{
    public static ResolverDraft Read(TableReader table, string folder)
    {
        table.CheckKeys(KnownKeys.Resolver);
        return new ResolverDraft
        {
            Table = table,
            TrustAd = table.Parsed<EndpointAddress>("trust-ad", ParseTrusted),
            Forward = table.Parsed<EndpointAddress>("forward", ParseServer),
            Anchor = table.FilePath("anchor", folder),
        };
    }

    /// <summary>RFC 4035 §4.9.3: AD is to be believed "via a secure channel" only. That of this machine is one.</summary>
    private static EndpointAddress? ParseTrusted(string text, out string wrong)
    {
        if (ParseServer(text, out wrong) is not { } server)
            return null;
        if (server.IsLocal)
            return server;

        wrong = $"{server} is not of this machine: on the way from it anybody can say what would be believed; write \"127.0.0.1:53\", or forward = \"{server}\", whose answers are validated here";
        return null;
    }

    /// <summary>Names would have to be looked up by the one who is to look them up.</summary>
    private static EndpointAddress? ParseServer(string text, out string wrong)
    {
        if (AddressText.Parse(text, out wrong) is not { } server)
            return null;

        if (AddressText.TryIp(server.Host) is not { } ip)
            wrong = $"{Quoted.Word(text)}: a resolver is written as an IP address and a port, as in \"127.0.0.1:53\"";
        else if (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any))
            wrong = $"{server} is an address to listen on, not to ask: write \"127.0.0.1:{server.Port}\"";
        return wrong.Length == 0 ? server : null;
    }
}
