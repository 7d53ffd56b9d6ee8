using System.Collections.Immutable;
using Postern.Policy.MtaSts;
using Postern.Policy.TlsRpt;

namespace Postern.Roles.Resolver.Wire;

/// <summary>A domain's policy of MTA-STS as reports have it: for whoever reports on its own, beside the answer. It decides nothing.</summary>
internal static class StsForm
{
    /// <summary>A policy may have 64 KiB. One that is longer than this is left out.</summary>
    public const int MaxSize = 4 * 1024;

    private const int MaxLines = 64;

    /// <summary>A line has a pattern at the most, and its key.</summary>
    private const int MaxLine = 300;

    /// <summary>Whether it can be written.</summary>
    public static bool Fits(ReportedPolicy policy)
    {
        var writer = new FieldWriter(stackalloc byte[MaxSize]);
        Write(policy, ref writer);
        return !writer.IsFull && policy.Strings.Length <= MaxLines && policy.MxHosts.Length <= MaxLines
            && policy.Strings.All(line => line.Length <= MaxLine) && policy.MxHosts.All(pattern => pattern.Length <= MaxLine);
    }

    public static void Write(ReportedPolicy? policy, ref FieldWriter writer)
    {
        writer.Put(policy is null ? (byte)0 : (byte)1);
        if (policy is null)
            return;

        writer.Put(policy.Domain);
        writer.Put((byte)policy.Strings.Length);
        foreach (string line in policy.Strings)
            writer.Put(line);
        writer.Put((byte)policy.MxHosts.Length);
        foreach (string pattern in policy.MxHosts)
            writer.Put(pattern);
    }

    /// <summary>Null where there is none; the reader is broken where what is there is none.</summary>
    public static ReportedPolicy? Read(ref FieldReader reader)
    {
        if (!reader.Flag())
            return null;

        string? domain = reader.Name()?.Text;
        ImmutableArray<string> lines = Lines(ref reader);
        ImmutableArray<string> patterns = Lines(ref reader);
        if (patterns.Any(pattern => MxPattern.Read(pattern) is null))
            reader.Break();
        return reader.IsBroken ? null : new ReportedPolicy(PolicyType.Sts, domain!, lines, patterns);
    }

    private static ImmutableArray<string> Lines(ref FieldReader reader)
    {
        int count = reader.Byte();
        if (count > MaxLines)
        {
            reader.Break();
            return [];
        }

        var lines = ImmutableArray.CreateBuilder<string>(count);
        for (int i = 0; i < count && !reader.IsBroken; i++)
            lines.Add(reader.Text(MaxLine));
        return lines.ToImmutable();
    }
}
