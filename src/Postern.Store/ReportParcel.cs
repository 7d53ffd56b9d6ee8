using System.Collections.Immutable;
using System.IO.Compression;
using Postern.Policy.TlsRpt;

namespace Postern.Store;

/// <summary>A report as it is sent: JSON in gzip (RFC 8460 §5.2). It stands with the figures that it is made of: gzip is no pure logic.</summary>
public static class ReportParcel
{
    /// <summary>All of it.</summary>
    public static byte[] Pack(TlsReport report)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
            gzip.Write(ReportWriter.Write(report));
        return packed.ToArray();
    }

    /// <summary>
    /// The same within a bound. Who owns a domain chooses its policies, their lengths and how often they change; what is too much
    /// goes by halves: first the rarest failures, whose number stays in the sum, then the policies with the fewest sessions, at last
    /// the text of the one that is left.
    /// </summary>
    /// <param name="report">Any.</param>
    /// <param name="mostBytes">Of the result; some hundred at least.</param>
    public static byte[] Pack(TlsReport report, int mostBytes)
    {
        ArgumentNullException.ThrowIfNull(report);
        byte[] packed = Pack(report);
        ImmutableArray<PolicyReport> policies = [.. report.Policies.OrderByDescending(policy => policy.Successful + policy.Failed)];
        int failures = policies.Select(policy => policy.Failures.Length).DefaultIfEmpty().Max(), kept = policies.Length;
        while (packed.Length > mostBytes && (failures > 0 || kept > 1))
        {
            if (failures > 0)
                failures /= 2;
            else
                kept /= 2;
            packed = Pack(report with { Policies = [.. policies.Take(kept).Select(policy => policy with { Failures = [.. policy.Failures.Take(failures)] })] });
        }

        if (packed.Length > mostBytes)
            packed = Pack(report with { Policies = [.. policies.Take(1).Select(policy => policy with { Failures = [], Policy = policy.Policy with { Strings = [], MxHosts = [] } })] });
        return packed;
    }
}
