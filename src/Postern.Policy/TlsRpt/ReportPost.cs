using System.Text;

namespace Postern.Policy.TlsRpt;

/// <summary>A report as a request of HTTP (RFC 8460 §5.4).</summary>
public static class ReportPost
{
    private const int HttpOk = 200;
    private const int HttpRedirects = 300;
    private const int HttpClientErrors = 400;

    /// <summary>The request; the connection is for it alone.</summary>
    /// <param name="target">An https address (<see cref="ReportTarget.Read"/>).</param>
    /// <param name="report">JSON in gzip.</param>
    public static byte[] Write(Uri target, ReadOnlySpan<byte> report)
    {
        // Uri has escaped what is no character of a request line (RFC 9112 §3.2): neither a space nor a line's end is in it.
        byte[] head = Encoding.ASCII.GetBytes(
            $"POST {target.PathAndQuery} HTTP/1.1\r\nHost: {target.Authority}\r\nUser-Agent: Postern (TLSRPT, RFC 8460)\r\n"
            + $"Content-Type: {ReportNames.GzipType}\r\nContent-Length: {report.Length}\r\nConnection: close\r\n\r\n");
        return [.. head, .. report];
    }

    /// <summary>What a status is worth: RFC 8460 §5.4 expects "typically a 200 or 201", any other may be a failure.</summary>
    /// <param name="status">Of the answer; 0: there was none.</param>
    /// <param name="outcome">In our words.</param>
    public static bool IsTaken(int status, out string outcome)
    {
        outcome = status switch
        {
            0 => "the host gave no answer",

            // Whoever can redirect need not be whom the domain has named.
            >= HttpRedirects and < HttpClientErrors => $"the host redirects (HTTP {status}), which is not followed",
            _ => $"HTTP {status}",
        };
        return status is >= HttpOk and < HttpRedirects;
    }
}
