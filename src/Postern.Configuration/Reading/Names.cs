using System.Buffers;

namespace Postern.Configuration.Reading;

/// <summary>Names of gates and certificates: they stand in log lines, in status tables and on command lines.</summary>
internal static class Names
{
    public const int MaxLength = 64;

    private static readonly SearchValues<char> Letters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    public static bool IsName(string name) => name.Length is > 0 and <= MaxLength && !name.AsSpan().ContainsAnyExcept(Letters);

    public static string Wrong(string name) =>
        $"{Quoted.Word(name)} is not a name: 1 to {MaxLength} letters, digits, dots, hyphens and underscores";
}
