using System.Text.RegularExpressions;

namespace Postern.Bench.Profiling;

/// <summary>
/// The ahead of time compiler names a method by assembly, namespace, type and method, with every stop made an underscore
/// and two before the method: Postern_Engine_Postern_Engine_Loop_Reactor__Turn.
/// </summary>
internal static partial class ManagedName
{
    private const int MatchMilliseconds = 1_000;

    /// <summary>Loop.Reactor.Turn; a name of another kind as it is.</summary>
    internal static string Shorten(string symbol)
    {
        var match = Form().Match(symbol);
        return match.Success ? $"{match.Groups["type"].Value.Replace('_', '.')}.{match.Groups["method"].Value}" : symbol;
    }

    // Of ours, the assembly's name is also the namespace's beginning; S.P.CoreLib is the framework's core.
    [GeneratedRegex("^(?:(?<own>Postern_[A-Za-z]+)_\\k<own>|posternd_Postern_Daemon|S_P_CoreLib)_(?<type>[A-Za-z0-9_]*?[A-Za-z0-9])__(?<method>.+)$", RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex Form();
}
