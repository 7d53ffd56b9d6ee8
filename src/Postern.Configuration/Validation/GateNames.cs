using Postern.Configuration.Reading;

namespace Postern.Configuration.Validation;

/// <summary>Counters, logs and reloads know a gate by its name, and an outbound is one of them: there is one of each.</summary>
internal sealed class GateNames : IRule
{
    public void Check(FileDraft file, ProblemList problems)
    {
        Dictionary<string, (Setting<string> Name, GateDraft Gate)> seen = [];
        foreach (GateDraft gate in file.Gates)
        {
            if (gate.Name is not { } name || seen.TryAdd(name.Value, (name, gate)))
                continue;

            (Setting<string> first, GateDraft owner) = seen[name.Value];
            problems.Error(name.At, gate.Table.Name("name"), $"there is {(owner.Outbound is null ? "a gate" : "an outbound")} of this name already, on line {first.At.Line}");
        }
    }
}
