using System.Runtime.CompilerServices;

namespace Postern.EndToEnd.Rigs;

/// <summary>The checkout that these tests were built in.</summary>
internal static class SourceTree
{
    /// <summary>The path of one of its files.</summary>
    public static string At(string file) => Path.Combine(Root(), file);

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../.."));
}
