namespace Postern.Configuration;

public enum Severity
{
    /// <summary>The file is used, and the operator is told.</summary>
    Warning,

    /// <summary>The file is not used.</summary>
    Error,
}

/// <summary>One thing that is wrong, where it is, and what to do.</summary>
/// <param name="Line">From 1; 0 where the file as a whole is meant.</param>
/// <param name="Column">From 1; 0 where the file as a whole is meant.</param>
/// <param name="Key">The key with its path, as <c>gate[imaps].listen</c>; empty where none is meant.</param>
/// <param name="Message">What is wrong, what was expected, and the nearest known word: one sentence or two.</param>
public sealed record ConfigurationProblem(
    Severity Severity, string File, int Line, int Column, string Key, string Message)
{
    /// <summary><c>FILE:LINE:COLUMN: error: KEY: MESSAGE</c>, as compilers write it, so that editors can jump to it.</summary>
    public override string ToString()
    {
        string place = Line > 0 ? $"{File}:{Line}:{Column}" : File;
        string word = Severity == Severity.Error ? "error" : "warning";
        return Key.Length > 0 ? $"{place}: {word}: {Key}: {Message}" : $"{place}: {word}: {Message}";
    }
}
