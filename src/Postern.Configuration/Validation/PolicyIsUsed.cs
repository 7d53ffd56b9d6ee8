using Postern.Configuration.Reading;

namespace Postern.Configuration.Validation;

/// <summary>What mail that goes out has to find is nothing to gates.</summary>
internal sealed class PolicyIsUsed : IRule
{
    public void Check(FileDraft file, ProblemList problems)
    {
        if (file.Gates.Any(gate => gate.Outbound is not null))
            return;

        foreach (TableReader table in ((TableReader?[])[file.Policy.Table, file.Resolver.Table, file.TlsRpt.Table]).OfType<TableReader>())
            problems.Warning(table.At, table.Path, "nothing uses this: there is no [[outbound]]");
    }
}
