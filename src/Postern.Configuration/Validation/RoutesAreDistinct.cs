using Postern.Configuration.Reading;

namespace Postern.Configuration.Validation;

/// <summary>A name leads to one backend.</summary>
internal sealed class RoutesAreDistinct : GateRule
{
    protected override void Check(GateDraft gate, ProblemList problems)
    {
        if (gate.Table.ListIsEmpty("route"))
            problems.Error(gate.Table.ValuePlace("route"), gate.Table.Name("route"), "is empty: leave it out, or write { sni = \"…\", backend = \"…\" }");

        Dictionary<string, Setting<string>> seen = [];
        foreach (RouteDraft route in gate.Routes)
        {
            if (route.Sni is { } sni && !seen.TryAdd(sni.Value, sni))
                problems.Error(sni.At, route.Table.Name("sni"), $"{Quoted.Word(sni.Value)} is routed already, on line {seen[sni.Value].At.Line}");
        }
    }
}
