namespace Postern.Configuration.Reading;

/// <summary>A value that was read and is good in itself, and where it stands.</summary>
internal sealed record Setting<T>(T Value, Position At);

/// <summary>A list that was read, with the place of each entry.</summary>
internal sealed record SettingList<T>(IReadOnlyList<Setting<T>> Items, Position At)
{
    public IEnumerable<T> Values => Items.Select(item => item.Value);
}
