using Postern.Policy.Decision;
using Postern.Policy.Dns;

namespace Postern.Cli.Explain;

/// <summary>Whose word a verdict is, and what a reply holds, in the words of the report.</summary>
internal static class PolicyWords
{
    public static string Of(PolicySource source) => source switch
    {
        PolicySource.Operator => "the operator",
        PolicySource.Dane => "DANE",
        PolicySource.MtaSts => "MTA-STS",
        _ => "default",
    };

    public static string Of(DnsContent content) => content switch
    {
        DnsContent.Records => "records",
        DnsContent.NoData => "no-data",
        DnsContent.NoName => "no-name",
        _ => "nothing",
    };

    public static string Of(TlsProof proof) => proof switch
    {
        TlsProof.IfOffered => "if-offered",
        TlsProof.Encrypted => "tls",
        TlsProof.WebPki => "webpki",
        TlsProof.Pins => "pin",
        _ => "dane",
    };
}
