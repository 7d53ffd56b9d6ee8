namespace Postern.Protocols.Lines;

public enum HttpMatch
{
    No,
    Yes,

    /// <summary>The bytes so far could still become a request.</summary>
    NotYetKnown,
}

/// <summary>
/// Recognises the first bytes of an HTTP request: a method, a space, and the beginning of a target (RFC 9112 §3). No
/// line protocol of ours has a command that looks like it, so a mail gate that sees one is talking to a browser that
/// somebody has sent here (ALPACA, S7).
/// </summary>
public static class HttpRequest
{
    /// <summary>The longest method and what must follow it: after so many bytes the answer is never "not yet known".</summary>
    public const int MaxPrefix = 12;

    // Methods that a browser can be made to send. A POP3 or IMAP client could begin with a tag of that spelling; the
    // target behind it is what tells.
    private static readonly byte[][] s_methods =
    [
        "GET "u8.ToArray(), "POST "u8.ToArray(), "PUT "u8.ToArray(), "HEAD "u8.ToArray(), "DELETE "u8.ToArray(),
        "OPTIONS "u8.ToArray(), "PATCH "u8.ToArray(), "TRACE "u8.ToArray(),
    ];

    private static readonly byte[][] s_targets = ["/"u8.ToArray(), "*"u8.ToArray(), "http"u8.ToArray()];

    public static HttpMatch Check(ReadOnlySpan<byte> first)
    {
        HttpMatch best = HttpMatch.No;
        foreach (byte[] method in s_methods)
        {
            foreach (byte[] target in s_targets)
            {
                HttpMatch match = Check(first, method, target);
                if (match == HttpMatch.Yes)
                    return HttpMatch.Yes;
                if (match == HttpMatch.NotYetKnown)
                    best = HttpMatch.NotYetKnown;
            }
        }

        return best;
    }

    private static HttpMatch Check(ReadOnlySpan<byte> first, byte[] method, byte[] target)
    {
        if (first.Length <= method.Length)
            return method.AsSpan().StartsWith(first) ? HttpMatch.NotYetKnown : HttpMatch.No;
        if (!first.StartsWith(method))
            return HttpMatch.No;

        ReadOnlySpan<byte> rest = first[method.Length..];
        if (rest.StartsWith(target))
            return HttpMatch.Yes;
        return target.AsSpan().StartsWith(rest) ? HttpMatch.NotYetKnown : HttpMatch.No;
    }
}
