using System.Collections.Immutable;
using Postern.Configuration.Reading;
using Postern.Configuration.Settings;
using Postern.Protocols;

namespace Postern.Configuration.Validation;

/// <summary>What is said of TLS with backends can be done, and is not said in vain: a check that never happens is worse than none.</summary>
internal sealed class BackendTlsFits : GateRule
{
    private static readonly ImmutableArray<string> Keys = ["backend-name", "backend-trust", "backend-min-tls", "backend-alpn", "backend-certificate"];

    protected override void Check(GateDraft gate, ProblemList problems)
    {
        // What an outbound has of these keys has a rule of its own (OutboundKeysFit).
        TableReader table = gate.Table;
        if (gate.Outbound is not null)
            return;
        if (gate.BackendTls.Mode is null && table.Has("backend-tls"))
            return;

        Setting<TlsMode>? mode = gate.BackendTls.Mode;
        if (!gate.Discovers && mode is not { Value: not TlsMode.Plain })
        {
            foreach (string key in Keys.Where(table.Has))
                problems.Error(table.Place(key), table.Name(key), "has no effect without backend-tls = \"implicit\" or \"starttls\": the connection to the backend would be plain");
            foreach (RouteDraft route in gate.Routes.Where(route => route.Table.Has("backend-name")))
                problems.Error(route.Table.Place("backend-name"), route.Table.Name("backend-name"), "has no effect without backend-tls = \"implicit\" or \"starttls\" of the gate");
            return;
        }

        if (mode?.Value == TlsMode.StartTls && gate.Protocol is { Value.HasStartTls: false } protocol)
            problems.Error(mode.At, table.Name("backend-tls"), $"{protocol.Value.Name} has no STARTTLS: write \"implicit\"");

        if (table.Has("backend-name") && table.Has("route") && !table.Has("backend"))
        {
            problems.Error(
                table.Place("backend-name"), table.Name("backend-name"),
                "is the name of the gate's own backend, and this gate has none: write backend-name in each route, beside its backend");
        }

        // DANE has rules of its own for names (DaneTrustFits).
        bool daneNames = gate.BackendTls.Trust is { Value.IsDane: true };
        RequireName(gate.Backend, table, daneNames, problems);
        foreach (RouteDraft route in gate.Routes)
            RequireName(route.Backend, route.Table, daneNames, problems);
        if (gate.BackendTls is { Certificate: { } certificate, MinTls: { Value: TlsVersion.Tls12 } min })
        {
            problems.Error(
                min.At, table.Name("backend-min-tls"),
                $"must be \"1.3\" where backend-certificate is set ({Quoted.Word(certificate.Value)}): the key agent signs nothing that a client says in TLS 1.2, which has no form to check");
        }
    }

    /// <summary>The path of a socket is no name that a certificate could be for.</summary>
    private static void RequireName(Setting<EndpointAddress>? backend, TableReader table, bool daneNames, ProblemList problems)
    {
        if (backend is { Value.Path: not null } && !table.Has("backend-name") && !daneNames)
            problems.Error(table.At, table.Name("backend-name"), $"is missing: the name that the certificate of {Quoted.Word(backend.Value.ToString())} must be for");
    }
}
