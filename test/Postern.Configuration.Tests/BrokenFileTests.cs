using Postern.Protocols;

namespace Postern.Configuration.Tests;

/// <summary>
/// Each file of Broken/ and, beside it, everything that is said about it: no line more, no line less. In the
/// expected text, {protocols} stands for the list of every protocol.
/// </summary>
public sealed class BrokenFileTests
{
    private static readonly Machine Machine = new("mail.example", 4, false);

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Broken");

    public static TheoryData<string> Names =>
        [.. Directory.GetFiles(Folder, "*.toml").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void IsRefusedWithTheseWords(string name)
    {
        string text = File.ReadAllText(Path.Combine(Folder, name + ".toml"));
        string protocols = string.Join(", ", ProtocolList.All.Select(protocol => $"\"{protocol.Name}\""));
        string[] expected = File.ReadAllLines(Path.Combine(Folder, name + ".txt"));

        ConfigurationResult result = ConfigurationFile.Parse(name + ".toml", text, Machine);

        Assert.Equal(expected.Select(line => line.Replace("{protocols}", protocols)), result.Problems.Select(problem => problem.ToString()));
        Assert.Null(result.Settings);
    }

    [Fact]
    public void ThereAreManyOfThem() => Assert.True(Names.Count >= 100, $"{Names.Count} files");
}
