using Postern.Configuration;
using Postern.Configuration.Settings;

namespace Postern.Cli.Live;

/// <summary>Dials the backends of a snapshot and says what an operator would else find out from users.</summary>
internal static class LiveCheck
{
    public static IEnumerable<ConfigurationProblem> Run(Snapshot snapshot, PosternSettings settings, string file)
    {
        foreach (LoadedGate gate in snapshot.Gates)
        {
            string key = $"gate[{gate.Settings.Name}].backend";
            Position at = settings.Source.Find(key);
            IEnumerable<ResolvedAddress> addresses = gate.Backend.Concat(gate.RouteBackends.SelectMany(route => route));
            foreach (ResolvedAddress address in addresses)
            {
                foreach (Finding finding in Inspect(gate.Settings, address, settings.Server))
                {
                    yield return new ConfigurationProblem(
                        finding.IsError ? Severity.Error : Severity.Warning, file, at.Line, at.Column, key, finding.Text);
                }
            }
        }
    }

    private static IEnumerable<Finding> Inspect(GateSettings gate, ResolvedAddress address, ServerSettings server)
    {
        Transcript transcript = BackendDialogue.Hold(gate, address, server.HostName);
        string where = address.Path is { } path ? "unix:" + path : $"{address.Ip}:{address.Port}";
        return BackendFindings.Of(gate, transcript).Select(finding => finding with { Text = $"{where} {finding.Text}" });
    }
}

/// <summary>Something wrong with a backend.</summary>
/// <param name="IsError">Clients will fail, or worse; else it is a warning.</param>
/// <param name="Text">Begins behind the backend's address: "does not answer …".</param>
internal sealed record Finding(bool IsError, string Text);
