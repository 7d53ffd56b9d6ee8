using Postern.Configuration.Reading;

namespace Postern.Configuration.Validation;

/// <summary>Counters, logs and reloads know a gate by its name: there is one of each.</summary>
internal sealed class GateNames : IRule
{
    public void Check(FileDraft file, ProblemList problems)
    {
        Dictionary<string, Setting<string>> seen = [];
        foreach (GateDraft gate in file.Gates)
        {
            if (gate.Name is { } name && !seen.TryAdd(name.Value, name))
                problems.Error(name.At, gate.Table.Name("name"), $"there is a gate of this name already, on line {seen[name.Value].At.Line}");
        }
    }
}
