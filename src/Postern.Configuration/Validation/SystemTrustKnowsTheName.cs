using Postern.Configuration.Reading;
using Postern.Configuration.Settings;
using Postern.Protocols;

namespace Postern.Configuration.Validation;

/// <summary>
/// The system's authorities certify no name that is not one on the Internet (CA/Browser Forum, Baseline Requirements: no
/// "Internal Name", no "Reserved IP Address"): such a backend would be refused, unless the system has an authority of the site's own.
/// </summary>
internal sealed class SystemTrustKnowsTheName : GateRule
{
    protected override void Check(GateDraft gate, ProblemList problems)
    {
        BackendTlsDraft tls = gate.BackendTls;
        bool system = !gate.Table.Has("backend-trust") || tls.Trust is { Value.IsSystem: true };
        if (!system || tls.Mode is { Value: TlsMode.Plain })
            return;

        // What is discovered has TLS, whether that is written or not.
        bool all = tls.Mode is not null;
        if (all || gate.Backend?.Value.Domain is not null)
            Check(gate.Backend, tls.Name, gate.Table, problems);
        foreach (RouteDraft route in gate.Routes.Where(route => all || route.Backend?.Value.Domain is not null))
            Check(route.Backend, route.BackendName, route.Table, problems);
    }

    private static void Check(Setting<EndpointAddress>? backend, Setting<string>? name, TableReader table, ProblemList problems)
    {
        bool named = table.Has("backend-name");
        if (backend is null || (named ? name?.Value : backend.Value.Host ?? backend.Value.Domain) is not { } expected || !PrivateNames.Has(expected))
            return;

        string instead = named ? "" : ", or backend-name = the name on the Internet that its certificate has";
        problems.Warning(
            named ? name!.At : backend.At, table.Name(named ? "backend-name" : "backend"),
            $"no public authority certifies {Quoted.Word(expected)}, and this gate trusts the system's authorities: write backend-trust = a PEM file (the backend's own certificate will do) or a pin (\"sha256:…\") in the gate{instead}");
    }
}
