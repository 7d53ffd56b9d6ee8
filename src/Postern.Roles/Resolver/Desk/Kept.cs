namespace Postern.Roles.Resolver.Desk;

/// <summary>An answer, for as long as it holds.</summary>
/// <param name="Answer">What is told.</param>
/// <param name="Made">When it was found.</param>
/// <param name="Until">Until then nobody need be asked again.</param>
internal sealed record Kept<TAnswer>(TAnswer Answer, DateTimeOffset Made, DateTimeOffset Until)
{
    /// <summary>A clock that was set back makes none hold for longer.</summary>
    public bool Holds(DateTimeOffset now) => Made <= now && now < Until;
}
