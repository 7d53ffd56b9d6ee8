using Postern.Configuration.Reading;

namespace Postern.Configuration.Validation;

/// <summary>At least one gate, and no more than the scoreboard that the workers share has rows.</summary>
internal sealed class GateCount : IRule
{
    public const int MaxGates = 256;

    public void Check(FileDraft file, ProblemList problems)
    {
        if (file.Gates.Count == 0 && !problems.HasErrors)
            problems.Error(Position.None, "", "there is no [[gate]]: nothing to do");

        if (file.Gates.Count > MaxGates)
            problems.Error(file.Gates[MaxGates].Table.At, "gate", $"there are {file.Gates.Count} gates; {MaxGates} are possible");
    }
}
