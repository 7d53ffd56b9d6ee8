using Postern.Policy.Dns;

namespace Postern.Policy.TlsRpt;

/// <summary>A report by what it is about: there is one for each domain and day.</summary>
/// <param name="Day">In UTC.</param>
/// <param name="Domain">Of the policy: where the record is that says who wants it.</param>
public sealed record ReportAbout(ReportDay Day, DnsName Domain)
{
    /// <summary><c>2026-11-27 example.org</c>: between processes, and for people.</summary>
    public override string ToString() => $"{Day} {Domain}";

    /// <returns>Null for what is not of that form.</returns>
    public static ReportAbout? Read(string text)
    {
        int space = text.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0 || ReportDay.Read(text[..space]) is not { } day)
            return null;
        return DnsName.Read(text.AsSpan(space + 1)) is { } domain && domain.Text == text[(space + 1)..] ? new ReportAbout(day, domain) : null;
    }
}
