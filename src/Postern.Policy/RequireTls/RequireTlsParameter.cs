namespace Postern.Policy.RequireTls;

/// <summary>What MAIL FROM says of REQUIRETLS.</summary>
public enum RequireTlsRequest
{
    No,
    Yes,

    /// <summary>With a value, or twice: 501 5.5.4.</summary>
    Broken,
}

/// <summary>REQUIRETLS among the parameters of MAIL FROM (RFC 8689 §2: it has no value).</summary>
public static class RequireTlsParameter
{
    public const string Keyword = "REQUIRETLS";

    /// <param name="parameters">What stands behind the reverse-path: words, a space between them (RFC 5321 §4.1.2).</param>
    public static RequireTlsRequest Read(ReadOnlySpan<char> parameters)
    {
        RequireTlsRequest request = RequireTlsRequest.No;
        foreach (Range range in parameters.Split(' '))
        {
            ReadOnlySpan<char> word = parameters[range];
            int equals = word.IndexOf('=');
            ReadOnlySpan<char> name = equals < 0 ? word : word[..equals];
            if (!name.Equals(Keyword, StringComparison.OrdinalIgnoreCase))
                continue;
            if (equals >= 0 || request != RequireTlsRequest.No)
                return RequireTlsRequest.Broken;
            request = RequireTlsRequest.Yes;
        }

        return request;
    }
}
