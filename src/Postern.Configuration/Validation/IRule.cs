using Postern.Configuration.Reading;

namespace Postern.Configuration.Validation;

/// <summary>
/// One rule, or one family of rules, about how the values of a file fit together. A rule says nothing about values
/// that are missing because they were badly written: that has been said.
/// </summary>
internal interface IRule
{
    void Check(FileDraft file, ProblemList problems);
}

/// <summary>A rule that looks at one gate at a time.</summary>
internal abstract class GateRule : IRule
{
    public void Check(FileDraft file, ProblemList problems)
    {
        foreach (GateDraft gate in file.Gates)
            Check(gate, problems);
    }

    protected abstract void Check(GateDraft gate, ProblemList problems);
}
