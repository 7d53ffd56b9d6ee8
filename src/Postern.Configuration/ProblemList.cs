using System.Collections.Immutable;

namespace Postern.Configuration;

/// <summary>Collects what is wrong with one file while it is read and checked.</summary>
public sealed class ProblemList(string file)
{
    private readonly List<ConfigurationProblem> _problems = [];

    public bool HasErrors { get; private set; }

    public void Error(Position at, string key, string message) => Add(Severity.Error, at, key, message);

    public void Warning(Position at, string key, string message) => Add(Severity.Warning, at, key, message);

    /// <summary>In the order of the file; what is said of one place keeps the order in which it was found.</summary>
    public ImmutableArray<ConfigurationProblem> InOrder() =>
        [.. _problems.OrderBy(problem => problem.Line).ThenBy(problem => problem.Column)];

    /// <summary>Takes over the problems of another list whose place is to be believed.</summary>
    internal void AddWhere(ProblemList other, Predicate<Position> believed)
    {
        foreach (ConfigurationProblem problem in other._problems)
        {
            if (believed(new Position(problem.Line, problem.Column)))
                Add(problem.Severity, new Position(problem.Line, problem.Column), problem.Key, problem.Message);
        }
    }

    private void Add(Severity severity, Position at, string key, string message)
    {
        HasErrors |= severity == Severity.Error;
        _problems.Add(new ConfigurationProblem(severity, file, at.Line, at.Column, key, message));
    }
}
