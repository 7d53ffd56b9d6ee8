using Postern.Configuration.Reading;
using Postern.Configuration.Settings;

namespace Postern.Configuration.Validation;

/// <summary>TLSA records stand below a host's name, and a connection must be able to ask for them.</summary>
internal sealed class DaneTrustFits : IRule
{
    public void Check(FileDraft file, ProblemList problems)
    {
        foreach (GateDraft gate in file.Gates.Where(gate => gate.BackendTls.Trust is { Value.IsDane: true }))
        {
            if (file.Server.Isolation is { Value: Isolation.Connection })
            {
                problems.Error(
                    gate.BackendTls.Trust!.At, gate.Table.Name("backend-trust"),
                    "\"dane\" needs [server] isolation = \"worker\": a connection's own process has no way to the resolver; run a second posternd for this gate");
            }

            Check(gate.Backend, gate.Table, problems);
            foreach (RouteDraft route in gate.Routes)
                Check(route.Backend, route.Table, problems);
        }
    }

    private static void Check(Setting<EndpointAddress>? backend, TableReader table, ProblemList problems)
    {
        if (backend is { Value: { Domain: null } address } && (address.Path is not null || AddressText.TryIp(address.Host!) is not null))
        {
            problems.Error(
                backend.At, table.Name("backend"),
                $"{Quoted.Word(address.ToString())} has no name for backend-trust = \"dane\": TLSA records stand at _PORT._tcp.HOST; write the host's name and its port");
        }

        if (table.Has("backend-name"))
            problems.Error(table.Place("backend-name"), table.Name("backend-name"), "does not go with backend-trust = \"dane\", which finds the names in the DNS: leave it out");
    }
}
