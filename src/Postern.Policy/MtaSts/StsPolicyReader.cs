using System.Collections.Immutable;
using System.Text;

namespace Postern.Policy.MtaSts;

/// <summary>What became of a policy file.</summary>
/// <param name="Policy">Null when it is none.</param>
/// <param name="Reason">What is wrong with it: a sentence of ours, with a line number, without a word of the file.</param>
public sealed record StsPolicyResult(StsPolicy? Policy, string Reason = "");

/// <summary>Reads the file of a policy host (RFC 8461 §3.2): keys and values, a line each.</summary>
public static class StsPolicyReader
{
    /// <summary>RFC 8461 §3.3 proposes it. What is longer is an error and not cut: half a list of hosts would be another policy.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>No domain has more exchangers than this.</summary>
    public const int MaxHosts = 512;

    private const int MaxKey = 32;
    private const int MaxAgeDigits = 10;

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: false);

    public static StsPolicyResult Read(ReadOnlySpan<byte> file)
    {
        if (file.Length > MaxBytes)
            return new(null, $"it is longer than {MaxBytes} bytes");

        string? version = null;
        StsMode? mode = null;
        TimeSpan? maxAge = null;
        var hosts = ImmutableArray.CreateBuilder<MxPattern>();
        int number = 0;
        foreach (Range range in file.Split((byte)'\n'))
        {
            number++;
            ReadOnlySpan<byte> line = file[range];

            // Lines end in LF or CRLF; white space behind a field is legal (erratum or not: the ABNF of §3.2 has *WSP there).
            if (line is [.., (byte)'\r'])
                line = line[..^1];
            line = line.TrimEnd(" \t"u8);
            if (line.IsEmpty)
                continue;

            int colon = line.IndexOf((byte)':');
            if (colon < 0 || !IsKey(line[..colon]))
                return new(null, $"line {number} is not a key, a colon and a value");

            // Keys are case-sensitive: "Mode" is an extension, and extensions are left alone.
            string value = s_utf8.GetString(line[(colon + 1)..].TrimStart(" \t"u8));
            if (value.Length == 0 || value.Any(letter => char.IsControl(letter) || letter == '\uFFFD'))
                return new(null, $"the value of line {number} is empty, or holds what is no text");

            // Of a repeated key the first counts, but for mx.
            switch (Encoding.ASCII.GetString(line[..colon]))
            {
                case "version" when version is null:
                    version = value;
                    if (version != "STSv1")
                        return new(null, $"line {number} names a version other than STSv1");
                    break;
                case "mode" when mode is null:
                    mode = value switch { "enforce" => StsMode.Enforce, "testing" => StsMode.Testing, "none" => StsMode.None, _ => null };
                    if (mode is null)
                        return new(null, $"the mode of line {number} is neither enforce, testing nor none");
                    break;
                case "max_age" when maxAge is null:
                    maxAge = AgeOf(value);
                    if (maxAge is null)
                        return new(null, $"the max_age of line {number} is not a number of 1 to {MaxAgeDigits} digits");
                    break;
                case "mx":
                    if (MxPattern.Read(value) is not { } pattern)
                        return new(null, $"the mx of line {number} is neither a host nor *. and a domain");
                    if (hosts.Count == MaxHosts)
                        return new(null, $"it has more than {MaxHosts} mx");
                    hosts.Add(pattern);
                    break;
            }
        }

        if (version is null)
            return new(null, "it has no version");
        if (mode is not { } known)
            return new(null, "it has no mode");
        if (maxAge is not { } age)
            return new(null, "it has no max_age");
        if (known != StsMode.None && hosts.Count == 0)
            return new(null, "it has no mx");
        return new(new StsPolicy(known, age, hosts.ToImmutable()));
    }

    private static TimeSpan? AgeOf(string value)
    {
        if (value.Length > MaxAgeDigits || !value.All(char.IsAsciiDigit))
            return null;

        long seconds = 0;
        foreach (char digit in value)
            seconds = (seconds * 10) + (digit - '0');
        return seconds > StsPolicy.LongestAge.TotalSeconds ? StsPolicy.LongestAge : TimeSpan.FromSeconds(seconds);
    }

    private static bool IsKey(ReadOnlySpan<byte> key)
    {
        if (key.Length is 0 or > MaxKey || !char.IsAsciiLetterOrDigit((char)key[0]))
            return false;
        foreach (byte letter in key)
        {
            if (!char.IsAsciiLetterOrDigit((char)letter) && letter is not ((byte)'_' or (byte)'-' or (byte)'.'))
                return false;
        }

        return true;
    }
}
