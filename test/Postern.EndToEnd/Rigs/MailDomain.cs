using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;

namespace Postern.EndToEnd.Rigs;

/// <summary>A domain that takes mail.</summary>
/// <param name="Name">Below <c>test.</c>.</param>
internal sealed partial record MailDomain(string Name)
{
    public Delegation Delegation { get; init; } = Delegation.Within;

    /// <summary>Which of the world's servers its <c>mx</c> is.</summary>
    public string Host { get; init; } = MailWorld.Right;

    /// <summary>In place of MX and A. TLSA records among them may be written as <see cref="Tlsa"/> is.</summary>
    public string? Records { get; init; }

    /// <summary>
    /// TLSA records of its mx, a line each: in place of the data, whose certificate it is made of (<c>3 1 1 right</c>), or
    /// <c>wrong</c> for a digest of nobody's, <c>short</c> for what is none, <c>empty</c> for DER of nothing.
    /// </summary>
    public string? Tlsa { get; init; }

    /// <summary>Its policy of MTA-STS; null: it has none.</summary>
    public string? Policy { get; init; }

    /// <summary>All that its policy host says, in place of 200 and <see cref="Policy"/>.</summary>
    public string? Answer { get; init; }

    /// <summary>What stands at <c>_mta-sts.</c>, where it has a policy.</summary>
    public string Record { get; init; } = "TXT \"v=STSv1; id=1;\"";

    /// <summary>Where its policy host is.</summary>
    public string PolicyHost { get; init; } = PolicyHosts.Good;

    /// <summary>Where reports on it are wanted; null: nowhere.</summary>
    public string? Rua { get; init; }

    /// <summary>Lines of a zone file, relative to its name.</summary>
    /// <param name="place">Where the certificates are.</param>
    public string Zone(Workplace place)
    {
        IEnumerable<string> lines = [Records ?? $"@ MX 10 mx\nmx A {Host}"];
        if (Tlsa is { } tlsa)
            lines = lines.Concat(tlsa.Split('\n').Select(record => $"_25._tcp.mx TLSA {record}"));
        if (Policy is not null || Answer is not null)
            lines = lines.Append($"_mta-sts {Record}").Append($"mta-sts A {PolicyHost}");

        // Of MTA-STS the record is the domain's, of DANE the host's (RFC 8460 §3).
        if (Rua is { } rua)
            lines = lines.Append($"_smtp._tls TXT \"v=TLSRPTv1; rua={rua}\"").Append($"_smtp._tls.mx TXT \"v=TLSRPTv1; rua={rua}\"");
        return TlsaOf().Replace(string.Join('\n', lines), match => $"{match.Groups["numbers"].Value} {Data(place, match)}");
    }

    private static string Data(Workplace place, Match match)
    {
        (string selector, string matching, string whose) = (match.Groups["selector"].Value, match.Groups["matching"].Value, match.Groups["whose"].Value);
        if (whose == "short")
            return "00";
        if (whose == "empty")
            return "3000";
        if (whose == "wrong")
            return new string('0', matching == "2" ? 128 : 64);
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(place.At(whose + ".pem"));
        byte[] data = selector == "0" ? certificate.RawData : certificate.PublicKey.ExportSubjectPublicKeyInfo();
        return Convert.ToHexStringLower(int.Parse(matching, CultureInfo.InvariantCulture) switch { 0 => data, 1 => SHA256.HashData(data), _ => SHA512.HashData(data) });
    }

    [GeneratedRegex(@"(?<numbers>TLSA \d+ (?<selector>\d+) (?<matching>\d+)) (?<whose>[a-z-]+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex TlsaOf();
}
