using Postern.Configuration.Reading;

namespace Postern.Configuration.Validation;

/// <summary>At least one gate or outbound, and no more than the scoreboard that the workers share has rows.</summary>
internal sealed class GateCount : IRule
{
    public const int MaxGates = 256;

    public void Check(FileDraft file, ProblemList problems)
    {
        if (file.Gates.Count == 0 && !problems.HasErrors)
            problems.Error(Position.None, "", "there is no [[gate]] and no [[outbound]]: nothing to do");

        if (file.Gates.Count > MaxGates)
            problems.Error(file.Gates[MaxGates].Table.At, "gate", $"there are {file.Gates.Count} gates{(file.Gates.Any(gate => gate.Outbound is not null) ? " and outbounds" : "")}; {MaxGates} are possible");
    }
}
