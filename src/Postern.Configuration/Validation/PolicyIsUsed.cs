using Postern.Configuration.Reading;
using Postern.Protocols.Xmpp;

namespace Postern.Configuration.Validation;

/// <summary>What mail that goes out has to find is nothing to gates; who answers for names is, where DANE proves a backend, and where its keys are kept.</summary>
internal sealed class PolicyIsUsed : IRule
{
    public void Check(FileDraft file, ProblemList problems)
    {
        GateDraft[] outbounds = [.. file.Gates.Where(gate => gate.Outbound is not null)];
        bool isMail = outbounds.Any(outbound => outbound.Protocol is not { Value: XmppProtocol });
        if (!isMail && file.TlsRpt.Table is { } reports)
            problems.Warning(reports.At, reports.Path, $"nothing uses this: there is no [[outbound]]{(outbounds.Length > 0 ? " for mail" : "")}");
        if (outbounds.Length > 0 || file.Gates.Any(gate => gate.BackendTls.Trust is { Value.IsDane: true }))
            return;

        foreach (TableReader table in ((TableReader?[])[file.Policy.Table, file.Resolver.Table]).OfType<TableReader>())
            problems.Warning(table.At, table.Path, "nothing uses this: there is no [[outbound]], nor a gate with backend-trust = \"dane\"");
    }
}
