using System.Text.RegularExpressions;
using Xunit;

namespace Postern.Architecture.Tests;

/// <summary>What the source itself promises.</summary>
public sealed partial class SourceTests
{
    /// <summary>More than this in one file is two purposes.</summary>
    private const int MaxLines = 400;

    [Fact]
    public void Unsafe_code_and_native_calls_stand_in_the_interop_only()
    {
        IEnumerable<string> outside = Tree.Projects.Where(project => project != "Postern.Interop")
            .SelectMany(Tree.Sources)
            .Where(path => Native().IsMatch(File.ReadAllText(path)));
        Assert.Empty(outside);
        Assert.Contains(Tree.Sources("Postern.Interop"), path => Native().IsMatch(File.ReadAllText(path)));
    }

    [Theory]
    [InlineData("Postern.Protocols")]
    [InlineData("Postern.Policy")]
    public void Pure_logic_knows_no_socket_no_file_and_no_clock(string project)
    {
        Assert.NotEmpty(Tree.Sources(project));
        IEnumerable<string> impure = Tree.Sources(project).Where(path => Impure().IsMatch(File.ReadAllText(path)));
        Assert.Empty(impure);
    }

    [Fact]
    public void The_engine_waits_for_nobody()
    {
        IEnumerable<string> waits = Tree.Sources("Postern.Engine").Where(path => Waits().IsMatch(File.ReadAllText(path)));
        Assert.Empty(waits);
    }

    [Fact]
    public void No_file_has_two_purposes() =>
        Assert.Empty(Tree.Projects.SelectMany(Tree.Sources).Where(path => File.ReadLines(path).Count() > MaxLines));

    [Fact]
    public void Names_say_what_a_type_is() =>
        Assert.Empty(Tree.Projects.SelectMany(Tree.Sources).Where(path => Vague().IsMatch(Path.GetFileName(path))));

    [GeneratedRegex(@"\bunsafe\b(?!-)|\[LibraryImport|\[DllImport|\bstackalloc\s+\w+\s*\*")]
    private static partial Regex Native();

    [GeneratedRegex(@"System\.Net\.Sockets\.Socket|System\.IO\.|\bFile\.|DateTime(Offset)?\.(Utc)?Now|Environment\.Tick|Stopwatch|\bRandom\b")]
    private static partial Regex Impure();

    [GeneratedRegex(@"\basync\b|\bawait\b|\block\s*\(|Monitor\.|SemaphoreSlim|Task\.Run|Thread\.Sleep")]
    private static partial Regex Waits();

    [GeneratedRegex("(Manager|Helper|Helpers|Utils|Util|Common|Misc)\\.cs$")]
    private static partial Regex Vague();
}
