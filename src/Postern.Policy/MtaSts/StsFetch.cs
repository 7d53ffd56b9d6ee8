using Postern.Policy.Dns;
using Postern.Policy.TlsRpt;

namespace Postern.Policy.MtaSts;

/// <summary>How far the fetching of a policy came.</summary>
public enum StsFetchEnd
{
    /// <summary>There is a response; what it is worth is to be seen.</summary>
    Response,

    /// <summary>The policy host has no name in the DNS, is not reached, or took longer than <see cref="StsFetch.TimeLimit"/>.</summary>
    Unreachable,

    /// <summary>Its addresses are none that a stranger may send us to.</summary>
    PrivateAddress,

    /// <summary>Its certificate is not for <c>mta-sts.</c> and the domain, or nobody trusts it.</summary>
    Untrusted,

    /// <summary>More than <see cref="StsPolicyReader.MaxBytes"/>.</summary>
    TooLong,

    /// <summary>No response of HTTP, or one that breaks off.</summary>
    Broken,
}

/// <summary>What came of a fetch: a policy, or why there is none and under which name it is reported.</summary>
/// <param name="Policy">Null when there is none.</param>
/// <param name="Failure">Null with a policy.</param>
/// <param name="Reason">A sentence of ours.</param>
public sealed record StsFetchResult(StsPolicy? Policy, ResultType? Failure, string Reason);

/// <summary>The rules of the one request that a policy is fetched with (RFC 8461 §3.2, §3.3).</summary>
public static class StsFetch
{
    /// <summary>RFC 8461 §3.3 proposes a minute.</summary>
    public static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(60);

    private const int HttpOk = 200;
    private const int HttpRedirects = 300;
    private const int HttpClientErrors = 400;

    /// <returns>Null when the domain's name is too long to have a policy host.</returns>
    public static DnsName? HostOf(DnsName domain) => domain.Below("mta-sts");

    /// <returns>Null when the domain's name is too long to have one.</returns>
    public static Uri? AddressOf(DnsName domain) =>
        HostOf(domain) is { } host ? new Uri($"https://{host}/.well-known/mta-sts.txt") : null;

    /// <param name="end">How far it came. Whoever fetches follows no redirect, asks no HTTP cache, and reads one byte more than allowed.</param>
    /// <param name="status">Of HTTP.</param>
    /// <param name="contentType">The header's value, or nothing.</param>
    /// <param name="body">All of it.</param>
    public static StsFetchResult Judge(StsFetchEnd end, int status = 0, string? contentType = null, ReadOnlySpan<byte> body = default)
    {
        switch (end)
        {
            case StsFetchEnd.Untrusted:
                return new(null, ResultType.StsWebPkiInvalid, "the certificate of the policy host is not to be trusted");
            case StsFetchEnd.Unreachable:
                return new(null, ResultType.StsPolicyFetchError, "the policy host cannot be reached");
            case StsFetchEnd.PrivateAddress:
                return new(null, ResultType.StsPolicyFetchError, "the policy host has an address of a private network");
            case StsFetchEnd.TooLong:
                return new(null, ResultType.StsPolicyFetchError, $"the policy is longer than {StsPolicyReader.MaxBytes} bytes");
            case StsFetchEnd.Broken:
                return new(null, ResultType.StsPolicyFetchError, "what the policy host answers is no whole response of HTTP");
        }

        // RFC 8461 §3.3: 200 alone, and 3xx MUST NOT be followed: whoever can redirect need not be who owns the domain.
        if (status is >= HttpRedirects and < HttpClientErrors)
            return new(null, ResultType.StsPolicyFetchError, $"the policy host redirects (HTTP {status}), which a policy host must not");
        if (status != HttpOk)
            return new(null, ResultType.StsPolicyFetchError, $"the policy host answers HTTP {status}");

        // RFC 8461 §3.2: else a page that a user of the web server may write would be a policy.
        if (!IsPlainText(contentType))
            return new(null, ResultType.StsPolicyFetchError, "the policy is not of the type text/plain");
        StsPolicyResult result = StsPolicyReader.Read(body);
        return result.Policy is { } policy
            ? new(policy, null, "")
            : new(null, ResultType.StsPolicyInvalid, $"the policy cannot be read: {result.Reason}");
    }

    private static bool IsPlainText(string? contentType)
    {
        ReadOnlySpan<char> type = contentType;
        int semicolon = type.IndexOf(';');
        return (semicolon < 0 ? type : type[..semicolon]).Trim(" \t").Equals("text/plain", StringComparison.OrdinalIgnoreCase);
    }
}
