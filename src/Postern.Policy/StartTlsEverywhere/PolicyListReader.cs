using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Postern.Policy.Dns;
using Postern.Policy.MtaSts;
using Postern.Policy.Operator;
using Postern.Policy.Rules;

namespace Postern.Policy.StartTlsEverywhere;

/// <summary>
/// Reads version 0.1 of the list that the EFF kept and then retired, and that others may keep in its form. Whatever is wrong in it
/// spoils all of it: half a list would be another one. Its signature is for who fetches it to verify.
/// </summary>
public static class PolicyListReader
{
    /// <summary>A domain takes a hundred bytes.</summary>
    public const int MaxBytes = 8 * 1024 * 1024;

    public const int MaxDomains = 100_000;

    private const int MaxHosts = 512;

    public static PolicyListResult Read(ReadOnlyMemory<byte> json)
    {
        if (json.Length > MaxBytes)
            return new(null, $"it is longer than {MaxBytes} bytes");

        using JsonDocument? document = JsonText.Parse(json, trailingCommas: true);
        if (document is not { RootElement: { ValueKind: JsonValueKind.Object } root })
            return new(null, "it is no JSON object");
        if (JsonText.Text(root, "version") != "0.1")
            return new(null, "its version is not 0.1");
        if (Time(root, "timestamp") is not { } written || Time(root, "expires") is not { } expires)
            return new(null, "its timestamp or expires is not a time");
        if (JsonText.Child(root, "policies", JsonValueKind.Object) is not { } policies)
            return new(null, "it has no policies");

        var rules = new Dictionary<DnsName, OperatorRule>();
        int number = 0;
        foreach (JsonProperty property in policies.EnumerateObject())
        {
            number++;
            if (number > MaxDomains)
                return new(null, $"it has more than {MaxDomains} domains");
            if (NameOf(property) is not { } domain)
                return new(null, $"policy {number} is not for a domain");
            if (Rule(root, domain, property.Value, expires, out string wrong) is not { } rule)
                return new(null, $"policy {number}, {domain}: {wrong}");

            // The list of the EFF itself had a domain twice, with the same words. Other words would be anybody's guess.
            if (!rules.TryAdd(domain, rule) && !IsSame(rules[domain], rule))
                return new(null, $"policy {number}, {domain}: it is there twice, and they differ");
        }

        return new(new PolicyList(JsonText.Text(root, "author") ?? "", written, expires, [.. rules.Values]));
    }

    private static OperatorRule? Rule(JsonElement root, DnsName domain, JsonElement policy, DateTimeOffset expires, out string wrong)
    {
        // "If set, other fields are ignored." An alias of an alias is none.
        if (JsonText.Text(policy, "policy-alias") is { } alias)
        {
            if (JsonText.Child(root, "policy-aliases", JsonValueKind.Object) is not { } aliases
                || JsonText.Child(aliases, alias, JsonValueKind.Object) is not { } target)
            {
                wrong = "its policy-alias is not among the aliases";
                return null;
            }

            policy = target;
        }

        bool? testing = JsonText.Text(policy, "mode") switch { "testing" => true, "enforce" => false, _ => null };
        if (testing is null)
        {
            wrong = "its mode is neither testing nor enforce";
            return null;
        }

        var hosts = ImmutableArray.CreateBuilder<MxPattern>();
        foreach (string text in JsonText.Texts(policy, "mxs", MaxHosts) ?? [])
        {
            if (Pattern(text) is not { } host)
            {
                wrong = "one of its mxs is neither a host nor a dot and a domain";
                return null;
            }

            hosts.Add(host);
        }

        wrong = hosts.Count == 0 ? "it has no mxs" : "";
        return hosts.Count == 0 ? null : new OperatorRule(new RuleScope(domain, IsSuffix: false), Requirement.WebPki)
        {
            Hosts = hosts.ToImmutable(),
            Testing = testing.Value,
            Expires = expires,
            Origin = "STARTTLS Everywhere list",
        };
    }

    /// <summary>
    /// <c>.example.org</c> is one label more, as a wildcard of a certificate. The list's schema says "arbitrarily deep", its rules
    /// and MTA-STS say one; one is the stricter.
    /// </summary>
    private static MxPattern? Pattern(string text) =>
        text is ['.', ..] ? MxPattern.Read("*" + text) : DnsName.Read(text) is { } name ? new MxPattern(name, IsWildcard: false) : null;

    private static DnsName? NameOf(JsonProperty property)
    {
        try
        {
            return DnsName.Read(property.Name);
        }
        catch (InvalidOperationException)
        {
            // Half of a pair of surrogates.
            return null;
        }
    }

    private static bool IsSame(OperatorRule one, OperatorRule other) =>
        one.Testing == other.Testing && one.Hosts.AsSpan().SequenceEqual(other.Hosts.AsSpan());

    /// <summary>Seconds since 1970, or <c>yyyy-MM-ddTHH:mm:ss+00:00</c> with or without a fraction of any length.</summary>
    private static DateTimeOffset? Time(JsonElement root, string name)
    {
        if (JsonText.Number(root, name) is { } seconds)
            return seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds() ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
        if (JsonText.Text(root, name) is not { } text)
            return null;

        // Go wrote nanoseconds, of which .NET knows hundreds only.
        int dot = text.IndexOf('.', StringComparison.Ordinal);
        int zone = dot < 0 ? -1 : text.AsSpan(dot).IndexOfAny("+-Z");
        if (zone > 0 && text.AsSpan(dot + 1, zone - 1).IndexOfAnyExceptInRange('0', '9') < 0)
            text = text[..dot] + text[(dot + zone)..];
        return DateTimeOffset.TryParseExact(text, "yyyy-MM-dd'T'HH:mm:ssK", CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time) ? time : null;
    }
}
