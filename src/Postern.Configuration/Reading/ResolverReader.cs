using Postern.Configuration.Settings;

namespace Postern.Configuration.Reading;

/// <summary>Reads <c>[resolver]</c>.</summary>
internal static class ResolverReader
{
    private const int DnsPort = 53;

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

    private static EndpointAddress? ParseServer(string text, out string wrong) => AddressText.ParseIp(text, "a resolver", DnsPort, out wrong);
}
