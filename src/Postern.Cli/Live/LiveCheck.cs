using System.Collections.Immutable;
using Postern.Configuration;
using Postern.Configuration.Settings;
using Postern.Interop.LibC;

namespace Postern.Cli.Live;

/// <param name="Problems">At the place of each backend in the file.</param>
/// <param name="Backends">How many addresses were dialled.</param>
internal sealed record LiveResult(ImmutableArray<ConfigurationProblem> Problems, int Backends);

/// <summary>Dials every backend of a configuration, all at once, as the user that serves connections.</summary>
internal static class LiveCheck
{
    public static LiveResult Run(Snapshot snapshot, PosternSettings settings)
    {
        SourceMap source = settings.Source;

        // root may open every socket file, the workers may not: the check is made with their rights. Keys are loaded
        // and ports tried already; nothing that is still to be done needs more.
        if (Privilege.IsRoot)
        {
            int error = Privilege.FindUser(settings.Server.User) is { } user ? Privilege.BecomeUser(user) : 0;
            if (error < 0)
                return new LiveResult([At(source, "server.user", Severity.Error, $"cannot become this user: {Errno.Describe(error)}")], 0);
        }

        (string Key, BackendCheck Check)[] checks = [.. snapshot.Gates.SelectMany(gate => Checks(gate, settings.Server.HostName))];
        ImmutableArray<Finding>[] findings = Task.WhenAll(checks.Select(check => check.Check.Run())).GetAwaiter().GetResult();
        return new LiveResult(
            [.. checks.Zip(findings).SelectMany(pair => pair.Second.Select(finding =>
                At(source, pair.First.Key, finding.Severity, $"{pair.First.Check.Address} {finding.Message}")))],
            checks.Length);
    }

    private static IEnumerable<(string Key, BackendCheck Check)> Checks(LoadedGate gate, string hostName)
    {
        string key = $"gate[{gate.Settings.Name}]";
        foreach (ResolvedAddress address in gate.Backend)
            yield return (key + ".backend", new BackendCheck(gate.Settings, address, hostName));
        foreach ((int index, ImmutableArray<ResolvedAddress> addresses) in gate.RouteBackends.Index())
        {
            foreach (ResolvedAddress address in addresses)
                yield return ($"{key}.route[#{index + 1}].backend", new BackendCheck(gate.Settings, address, hostName));
        }
    }

    private static ConfigurationProblem At(SourceMap source, string key, Severity severity, string message)
    {
        Position at = source.Find(key);
        return new ConfigurationProblem(severity, source.File, at.Line, at.Column, key, message);
    }
}
