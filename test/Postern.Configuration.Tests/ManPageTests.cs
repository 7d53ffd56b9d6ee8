using System.Text.RegularExpressions;
using Postern.Configuration.Reading;
using Postern.Configuration.Settings;
using Postern.Protocols;

namespace Postern.Configuration.Tests;

/// <summary>postern.toml(5) says what the reader reads.</summary>
public sealed partial class ManPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "postern.toml.5"));

    [Fact]
    public void EveryKeyIsDescribed()
    {
        Expect(KnownKeys.Server, "[server]");
        Expect(KnownKeys.Certificate, "[certificate.NAME]");

        Expect(KnownKeys.Gate, "[[gate]]");
        Expect(KnownKeys.Outbound, "[[outbound]]");
        Expect(KnownKeys.Policy.Remove("rule"), "[policy]");
        Expect(KnownKeys.PolicyRule, "[[policy.rule]]");
        Expect(KnownKeys.Resolver, "[resolver]");
        Expect(KnownKeys.TlsRpt, "[tlsrpt]");

        // These are told of inside another entry: they are words of a route.
        Assert.All(KnownKeys.Route, key => Assert.Matches($@"(?m)^\.BR? {key}( [.,])?$", Page));
    }

    [Fact]
    public void NoOtherKeyIsDescribed() => Assert.All(Headings(Page), key => Assert.Contains(
        key,
        (string[])[.. KnownKeys.Server, .. KnownKeys.Certificate, .. KnownKeys.Gate, .. KnownKeys.Outbound, .. KnownKeys.Policy, .. KnownKeys.PolicyRule, .. KnownKeys.Resolver, .. KnownKeys.TlsRpt]));

    [Fact]
    public void EveryProtocolIsNamed() =>
        Assert.All(ProtocolList.All, protocol => Assert.Contains($"\\(dq{protocol.Name}\\(dq", Section("[[gate]]")));

    [Fact]
    public void EveryDefaultIsTrue()
    {
        Assert.Contains("Default: " + Settlement.DefaultControl + ".", Page);
        Assert.Contains($"Default: {Settlement.DefaultMaxConnections}.", Page);
        Assert.Contains($"Default: {Settlement.DefaultMaxConnectionsPerClient},", Page);
        Assert.Contains($"Default: \\(dq{DurationText.Write(Settlement.DefaultHandshakeTimeout)}\\(dq.", Page);
        Assert.Contains($"Default: \\(dq{DurationText.Write(Settlement.DefaultNegotiationTimeout)}\\(dq.", Page);
        Assert.Contains($"seconds. Default: \\(dq{DurationText.Write(Settlement.DefaultTicketLifetime)}\\(dq.", Page);
        Assert.Contains($"1 to {GateReader.MaxConnections}.", Page);
        Assert.Contains($"1 to {ServerReader.MaxWorkers}.", Page);
        Assert.Contains($"TLSA records; the same of all outbounds. For trials. Default: {OutboundSettings.SmtpPort}.", Page);
        Assert.Contains($"Default: {PolicySettings.DefaultState}.", Page);
        Assert.Contains($"Default: \\(dq{TlsRptSettings.DefaultRelay}\\(dq.", Page);
        Assert.Contains($"until the domain has MTA-STS or DANE. Default: \\(dq{PolicyReader.WordOf(new PolicySettings().Default)}\\(dq.", Page);
    }

    [Fact]
    public void EveryExampleIsGood()
    {
        string[] examples = [.. Example().Matches(Section("EXAMPLES")).Select(match => match.Groups["text"].Value)];

        Assert.Equal(6, examples.Length);
        Assert.All(examples, text => Assert.Empty(ConfigurationFile.Parse("t.toml", text, new Machine("mail.example", 1, false)).Problems));
    }

    private static void Expect(IEnumerable<string> keys, string section) =>
        Assert.Equal(keys.Order(StringComparer.Ordinal), Headings(Section(section)).Order(StringComparer.Ordinal));

    private static IEnumerable<string> Headings(string text) => Heading().Matches(text).Select(match => match.Groups["key"].Value);

    private static string Section(string name)
    {
        string behind = Page[(Page.IndexOf(".SH " + name + "\n", StringComparison.Ordinal) + 4)..];
        return behind[..behind.IndexOf(".SH ", StringComparison.Ordinal)];
    }

    [GeneratedRegex(@"^\.BR (?<key>[a-z0-9-]+) "" = ", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^\.nf\n(?<text>.*?)^\.fi", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Example();
}
