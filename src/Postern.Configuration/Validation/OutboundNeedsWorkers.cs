using Postern.Configuration.Reading;
using Postern.Configuration.Settings;

namespace Postern.Configuration.Validation;

/// <summary>A room asks its porter for a backend and a signature, and for nothing else: it has no way to the resolver.</summary>
internal sealed class OutboundNeedsWorkers : IRule
{
    public void Check(FileDraft file, ProblemList problems)
    {
        if (file.Server.Isolation is { Value: Isolation.Connection } rooms && file.Gates.FirstOrDefault(gate => gate.Outbound is not null) is { } outbound)
            problems.Error(rooms.At, "server.isolation", $"{outbound.Table.Path} needs isolation = \"worker\": a connection's own process has no way to the resolver; run a second posternd for what goes out");
    }
}
