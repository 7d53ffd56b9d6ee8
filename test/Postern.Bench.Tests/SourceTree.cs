namespace Postern.Bench.Tests;

/// <summary>The source tree that these tests were built from.</summary>
internal static class SourceTree
{
    internal static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        var directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "Postern.slnx")))
            directory = Path.GetDirectoryName(directory);
        return directory ?? throw new InvalidOperationException("Postern.slnx is in no directory above the tests");
    }
}
