using System.Text;
using CsCheck;

namespace Postern.Configuration.Tests;

/// <summary>Whatever stands in the file, the answer is settings or problems, never an exception.</summary>
public sealed class RobustnessTests
{
    private static readonly Machine Machine = new("mail.example", 4, false);

    private static readonly string[] Texts =
    [
        .. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Broken"), "*.toml")
            .Where(file => new FileInfo(file).Length < 4096).Order(StringComparer.Ordinal).Select(File.ReadAllText),
    ];

    private static readonly string[] Tokens =
        ["[", "]", "[[", "]]", "{", "}", "=", "\"", "'", "\"\"\"", ",", ".", "\n", "#", "-1", "0x", "1e9", "inf", "true", "gate", "server", "\\u0000", "\\", "\0", "\ufeff", "ä", "🔒", "\ud800"];

    [Fact]
    public void RandomText() =>
        Gen.Char.Array[0, 200].Sample(letters => Answers(new string(letters)), iter: 3000);

    [Fact]
    public void RandomBytes() =>
        Gen.Byte.Array[0, 200].Sample(bytes => Answers(Encoding.Latin1.GetString(bytes)), iter: 3000);

    [Fact]
    public void RandomTokens() =>
        Gen.Int[0, Tokens.Length - 1].Select(i => Tokens[i]).Array[0, 60].Sample(tokens => Answers(string.Concat(tokens)), iter: 5000);

    [Fact]
    public void MutatedFiles() =>
        Gen.Select(Gen.Int[0, Texts.Length - 1].Select(i => Texts[i]), Gen.Int[0, int.MaxValue], Gen.Int[0, 20], Gen.Int[0, Tokens.Length - 1].Select(i => Tokens[i])).Array[1, 3]
            .Sample(mutations => Answers(mutations.Aggregate(mutations[0].Item1, Mutate)), iter: 10_000);

    [Fact]
    public void EveryPrefixOfAFile()
    {
        string text = string.Concat(Texts.Where(each => each.Contains("route", StringComparison.Ordinal)).Take(3));
        for (int length = 0; length < text.Length; length++)
            Assert.True(Answers(text[..length]), text[..length]);
    }

    private static string Mutate(string text, (string, int Where, int Length, string Token) mutation)
    {
        int at = mutation.Where % (text.Length + 1);
        return text[..at] + mutation.Token + text[Math.Min(text.Length, at + mutation.Length)..];
    }

    /// <summary>Settings exactly when there is no error, and nothing in a problem that a terminal would obey.</summary>
    private static bool Answers(string text)
    {
        ConfigurationResult result = ConfigurationFile.Parse("t.toml", text, Machine);
        bool refused = result.Problems.Any(problem => problem.Severity == Severity.Error);
        return refused == (result.Settings is null)
            && result.Problems.All(problem => !problem.ToString().Any(char.IsControl) && problem.Line >= 0 && problem.Column >= 0);
    }
}
