using System.Xml.Linq;

namespace Postern.Architecture.Tests;

/// <summary>The source tree that these tests were built from.</summary>
internal static class Tree
{
    public static string Root { get; } = FindRoot();

    public static IEnumerable<string> Projects =>
        Directory.EnumerateDirectories(Path.Combine(Root, "src")).Select(Path.GetFileName).OfType<string>();

    public static IEnumerable<string> References(string project)
    {
        XDocument file = XDocument.Load(Path.Combine(Root, "src", project, project + ".csproj"));
        return file.Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));
    }

    public static IEnumerable<string> Packages(string project)
    {
        XDocument file = XDocument.Load(Path.Combine(Root, "src", project, project + ".csproj"));
        return file.Descendants("PackageReference").Select(reference => reference.Attribute("Include")!.Value);
    }

    public static IEnumerable<string> Sources(string project) =>
        Directory.EnumerateFiles(Path.Combine(Root, "src", project), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal));

    private static string FindRoot()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "Postern.slnx")))
            directory = Path.GetDirectoryName(directory);
        return directory ?? throw new InvalidOperationException("Postern.slnx is in no directory above the tests");
    }
}
