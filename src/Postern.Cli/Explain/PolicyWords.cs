using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.Service;

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

    /// <summary>The condition of the stream error (RFC 6120 §4.9.3).</summary>
    public static string Of(ServiceRefusalKind kind) => kind switch
    {
        ServiceRefusalKind.HostUnknown => "host-unknown",
        ServiceRefusalKind.PolicyViolation => "policy-violation",
        _ => "remote-connection-failed",
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
