using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.MtaSts;
using Postern.Policy.Ratchet;
using Postern.Policy.Rules;
using Postern.Policy.TlsRpt;

namespace Postern.Policy.Memory;

/// <summary>
/// A domain's memory as JSON: on disk, and from process to process. What is damaged is nothing known, as a whole: half of a memory
/// could be a policy without its hosts, or a level that nobody reached.
/// </summary>
public static class DomainMemoryText
{
    /// <summary>
    /// Longer is no memory. A policy of MTA-STS has 64 KiB at the most (<see cref="StsPolicyReader.MaxBytes"/>), 64 hosts
    /// (<see cref="LevelRatchet.MaxHosts"/>) have some 600 bytes each.
    /// </summary>
    public const int MaxBytes = 128 * 1024;

    /// <summary>Of a host's evidence and of a failure's reason, which are words of ours: what is longer is cut.</summary>
    public const int MaxWords = 256;

    private const string Format = "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'";

    private static readonly ImmutableArray<(AssuredLevel Level, string Word)> s_levels =
    [
        (AssuredLevel.Clear, "clear"),
        (AssuredLevel.Encrypted, "encrypted"),
        (AssuredLevel.HostAuthenticated, "host-authenticated"),
        (AssuredLevel.MtaSts, "mta-sts"),
        (AssuredLevel.Dane, "dane"),
    ];

    /// <summary>The name of a level on disk, and in the JSON of <c>postern policy list</c>.</summary>
    public static string Of(AssuredLevel level) => s_levels.First(pair => pair.Level == level).Word;

    public static byte[] Write(DomainMemory memory)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("domain", memory.Domain.Text);
            json.WriteString("first-seen", Time(memory.FirstSeen));
            json.WriteString("last-seen", Time(memory.LastSeen));
            if (memory.Sts is { } sts)
                Write(json, sts);
            if (memory.Ratchet is { } ratchet)
                Write(json, ratchet);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <returns>Null for whatever <see cref="Write(DomainMemory)"/> does not write.</returns>
    public static DomainMemory? Read(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > MaxBytes)
            return null;
        using JsonDocument? document = JsonText.Parse(bytes);
        if (document is not { RootElement: { ValueKind: JsonValueKind.Object } root }
            || Name(root, "domain") is not { } domain || Time(root, "first-seen") is not { } first || Time(root, "last-seen") is not { } last)
        {
            return null;
        }

        var memory = new DomainMemory(domain, first, last);
        if (JsonText.Has(root, "sts"))
        {
            if (JsonText.Child(root, "sts", JsonValueKind.Object) is not { } element || Sts(element, domain) is not { } sts)
                return null;
            memory = memory with { Sts = sts };
        }

        if (JsonText.Has(root, "hosts"))
        {
            if (JsonText.Child(root, "hosts", JsonValueKind.Array) is not { } list || Ratchet(list, domain) is not { } ratchet)
                return null;
            memory = memory with { Ratchet = ratchet };
        }

        return memory;
    }

    private static void Write(Utf8JsonWriter json, StsMemory sts)
    {
        json.WriteStartObject("sts");
        if (sts.FirstSeen is { } first)
            json.WriteString("first-seen", Time(first));
        if (sts.CheckedAt is { } checkedAt)
            json.WriteString("checked-at", Time(checkedAt));
        if (sts.Held is { } held)
        {
            json.WriteStartObject("held");
            json.WriteString("id", held.Id);
            json.WriteString("fetched-at", Time(held.FetchedAt));
            json.WriteStartArray("policy");
            foreach (string line in held.Policy.ToLines())
                json.WriteStringValue(line);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        if (sts.Failure is { } failure)
        {
            json.WriteStartObject("failure");
            json.WriteString("id", failure.Id);
            json.WriteString("at", Time(failure.At));
            json.WriteString("type", ReportWords.Of(failure.Type));
            json.WriteString("reason", Cut(failure.Reason));
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, RatchetMemory ratchet)
    {
        json.WriteStartArray("hosts");
        foreach (HostLevel host in ratchet.Hosts)
        {
            json.WriteStartObject();
            json.WriteString("host", host.Host.Text);
            json.WriteString("level", Of(host.Level));
            json.WriteString("first", Time(host.First));
            json.WriteString("last", Time(host.Last));
            json.WriteString("evidence", Cut(host.Evidence));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static StsMemory? Sts(JsonElement element, DnsName domain)
    {
        var memory = new StsMemory(domain) { FirstSeen = Time(element, "first-seen"), CheckedAt = Time(element, "checked-at") };
        if ((memory.FirstSeen is null && JsonText.Has(element, "first-seen")) || (memory.CheckedAt is null && JsonText.Has(element, "checked-at")))
            return null;
        if (JsonText.Has(element, "held"))
        {
            if (Held(element) is not { } held)
                return null;
            memory = memory with { Held = held };
        }

        if (JsonText.Has(element, "failure"))
        {
            if (Failure(element) is not { } failure)
                return null;
            memory = memory with { Failure = failure };
        }

        return memory;
    }

    private static HeldPolicy? Held(JsonElement sts)
    {
        // The lines of the policy itself, and the reader of policies: there is one idea of what a good one is.
        if (JsonText.Child(sts, "held", JsonValueKind.Object) is not { } held
            || Id(held) is not { } id || Time(held, "fetched-at") is not { } at
            || JsonText.Texts(held, "policy", StsPolicyReader.MaxHosts + 8) is not { } lines
            || StsPolicyReader.Read(Encoding.UTF8.GetBytes(string.Join('\n', lines))).Policy is not { } policy)
        {
            return null;
        }

        return new HeldPolicy(id, policy, at);
    }

    private static FetchFailure? Failure(JsonElement sts)
    {
        if (JsonText.Child(sts, "failure", JsonValueKind.Object) is not { } failure
            || Id(failure) is not { } id || Time(failure, "at") is not { } at
            || ReportWords.Result(JsonText.Text(failure, "type") ?? "") is not { } type
            || JsonText.Text(failure, "reason") is not { Length: <= MaxWords } reason)
        {
            return null;
        }

        return new FetchFailure(id, at, type, reason);
    }

    private static RatchetMemory? Ratchet(JsonElement list, DnsName domain)
    {
        if (list.GetArrayLength() > LevelRatchet.MaxHosts)
            return null;

        var hosts = ImmutableArray.CreateBuilder<HostLevel>();
        foreach (JsonElement element in list.EnumerateArray())
        {
            if (Name(element, "host") is not { } host || Level(JsonText.Text(element, "level")) is not { } level
                || Time(element, "first") is not { } first || Time(element, "last") is not { } last
                || JsonText.Text(element, "evidence") is not { Length: <= MaxWords } evidence)
            {
                return null;
            }

            hosts.Add(new HostLevel(host, level, first, last, evidence));
        }

        return new RatchetMemory(domain) { Hosts = hosts.ToImmutable() };
    }

    private static DnsName? Name(JsonElement parent, string name) => JsonText.Text(parent, name) is { } text ? DnsName.Read(text) : null;

    /// <summary>RFC 8461 §3.1.</summary>
    private static string? Id(JsonElement parent) =>
        JsonText.Text(parent, "id") is { Length: > 0 and <= StsRecord.MaxId } id && id.All(char.IsAsciiLetterOrDigit) ? id : null;

    private static AssuredLevel? Level(string? word)
    {
        foreach ((AssuredLevel level, string known) in s_levels)
        {
            if (known == word)
                return level;
        }

        return null;
    }

    private static string Cut(string words) => words.Length <= MaxWords ? words : words[..MaxWords];

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture);

    private static DateTimeOffset? Time(JsonElement parent, string name) =>
        DateTimeOffset.TryParseExact(JsonText.Text(parent, name), Format, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time) ? time : null;
}
