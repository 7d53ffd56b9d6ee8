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
        // root may open every socket file, the workers may not: the check is made with their rights. Keys are loaded
        // and ports tried already; nothing that is still to be done needs more.
        if (Privilege.IsRoot)
        {
            int error = Privilege.FindUser(settings.Server.User) is { } user ? Privilege.BecomeUser(user) : 0;
            if (error < 0)
                return new LiveResult([At(settings.Source, "server.user", Severity.Error, $"cannot become this user: {Errno.Describe(error)}")], 0);
        }

        return Look(snapshot, settings);
    }

    /// <summary>The same with the rights that one has.</summary>
    internal static LiveResult Look(Snapshot snapshot, PosternSettings settings)
    {
        SourceMap source = settings.Source;
        var problems = ImmutableArray.CreateBuilder<ConfigurationProblem>();
        List<(string Key, BackendCheck Check)> checks = [];
        foreach (LoadedGate gate in snapshot.Gates)
        {
            string key = gate.Settings.Key;
            ExpectedPeer[]? peers = null;
            if (gate.BackendTls is { } tls && (peers = ExpectedPeer.OfGate(tls, snapshot, out string problem)) is null)
                problems.Add(At(source, key + ".backend-tls", Severity.Error, $"OpenSSL does not take what is said of TLS with the backend: {problem}"));
            else
                checks.AddRange(Checks(gate, key, peers, settings.Server.HostName));
        }

        ImmutableArray<Finding>[] findings = Task.WhenAll(checks.Select(check => check.Check.Run())).GetAwaiter().GetResult();
        problems.AddRange(checks.Zip(findings).SelectMany(pair => pair.Second.Select(finding =>
            At(source, pair.First.Key, finding.Severity, $"{pair.First.Check.Address} {finding.Message}"))));
        return new LiveResult(problems.ToImmutable(), checks.Count);
    }

    private static IEnumerable<(string Key, BackendCheck Check)> Checks(LoadedGate gate, string key, ExpectedPeer[]? peers, string hostName)
    {
        foreach (ResolvedAddress address in gate.Backend)
            yield return (key + ".backend", New(gate.Settings, address, hostName, peers?[0]));
        foreach ((int index, ImmutableArray<ResolvedAddress> addresses) in gate.RouteBackends.Index())
        {
            foreach (ResolvedAddress address in addresses)
                yield return ($"{key}.route[#{index + 1}].backend", New(gate.Settings, address, hostName, peers?[index + 1]));
        }
    }

    private static BackendCheck New(GateSettings gate, ResolvedAddress address, string hostName, ExpectedPeer? peer) =>
        peer is null ? new PlainBackendCheck(gate, address, hostName) : new TlsBackendCheck(gate, address, hostName, peer);

    private static ConfigurationProblem At(SourceMap source, string key, Severity severity, string message)
    {
        Position at = source.Find(key);
        return new ConfigurationProblem(severity, source.File, at.Line, at.Column, key, message);
    }
}
