using Postern.Policy.Dns;

namespace Postern.Policy.MtaSts;

/// <summary>What the TXT records at <c>_mta-sts.</c> come to.</summary>
public enum StsRecordStatus
{
    /// <summary>One record, and it is good.</summary>
    Valid,

    /// <summary>No record of MTA-STS.</summary>
    Absent,

    /// <summary>More than one: RFC 8461 §3.1, as if there were none.</summary>
    Several,

    /// <summary>One that is not of the grammar, or has no id: as if there were none.</summary>
    Broken,
}

/// <summary>The record with which a domain says that it has a policy, and which one by now (RFC 8461 §3.1).</summary>
/// <param name="Status">Only <see cref="StsRecordStatus.Valid"/> makes a policy be fetched; nothing here ever takes a kept one away (§5.1).</param>
/// <param name="Id">1 to 32 letters and digits. Ids have no order: another one is another policy, and that is all.</param>
public sealed record StsRecord(StsRecordStatus Status, string Id = "")
{
    public const string Label = "_mta-sts";

    private const string Version = "v=STSv1";
    public const int MaxId = 32;

    /// <param name="texts">All TXT records of the name, each joined (<see cref="TxtRecord.Read"/>).</param>
    public static StsRecord Read(IEnumerable<string> texts)
    {
        // "records that do not begin with v=STSv1; are discarded": to the letter, with the semicolon.
        string[] ours = [.. texts.Where(text => text.StartsWith(Version + ";", StringComparison.Ordinal)).Take(2)];
        return ours.Length switch
        {
            0 => new StsRecord(StsRecordStatus.Absent),
            1 => IdOf(ours[0]) is { } id ? new StsRecord(StsRecordStatus.Valid, id) : new StsRecord(StsRecordStatus.Broken),
            _ => new StsRecord(StsRecordStatus.Several),
        };
    }

    /// <summary>As a record has it.</summary>
    public override string ToString() => Status == StsRecordStatus.Valid ? $"{Version}; id={Id};" : Status.ToString();

    private static string? IdOf(string text)
    {
        if (TxtFields.Read(text, Version) is not { } fields)
            return null;

        string? id = null;
        foreach ((string name, string value) in fields)
        {
            // Of a repeated field the first counts (§3.2, last paragraph).
            if (name != "id")
            {
                if (!TxtFields.IsExtensionValue(value))
                    return null;
                continue;
            }

            if (value.Length > MaxId || !value.All(char.IsAsciiLetterOrDigit))
                return null;
            id ??= value;
        }

        return id;
    }
}
