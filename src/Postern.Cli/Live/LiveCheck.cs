using System.Collections.Immutable;
using Postern.Configuration;
using Postern.Configuration.Settings;
using Postern.Interop.LibC;

namespace Postern.Cli.Live;

/// <param name="Problems">At the place of each backend in the file.</param>
/// <param name="Backends">How many addresses were dialled.</param>
internal sealed record LiveResult(ImmutableArray<ConfigurationProblem> Problems, int Backends)
{
    /// <summary>What DANE wants of backends that it must prove, and the keys of those.</summary>
    public ImmutableArray<(string Key, string Text)> Proved { get; init; } = [];
}

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
        using DaneLook? dane = OpenDane(snapshot, source, problems);
        foreach ((int number, LoadedGate gate) in snapshot.Gates.Index())
        {
            string key = gate.Settings.Key;
            ExpectedPeer[]? peers = null;
            if (gate.BackendTls is { } tls && (peers = ExpectedPeer.OfGate(tls, snapshot, out string problem)) is null)
                problems.Add(At(source, key + ".backend-tls", Severity.Error, $"OpenSSL does not take what is said of TLS with the backend: {problem}"));
            else
                checks.AddRange(Checks(gate, key, (address, route, index) => New(gate.Settings, address, settings.Server.HostName, peers?[route + 1], dane, (number, route, index))));
        }

        ImmutableArray<Finding>[] findings = Task.WhenAll(checks.Select(check => check.Check.Run())).GetAwaiter().GetResult();
        problems.AddRange(checks.Zip(findings).SelectMany(pair => pair.Second.Select(finding =>
            At(source, pair.First.Key, finding.Severity, $"{pair.First.Check.Address} {finding.Message}"))));
        return new LiveResult(problems.ToImmutable(), checks.Count)
        {
            Proved = [.. checks.Where(each => each.Check is DaneBackendCheck { Found.Length: > 0 }).Select(each => (each.Key, ((DaneBackendCheck)each.Check).Found))],
        };
    }

    /// <summary>Null where no backend is to be proved, and after an error, which has been said.</summary>
    private static DaneLook? OpenDane(Snapshot snapshot, SourceMap source, ImmutableArray<ConfigurationProblem>.Builder problems)
    {
        if (snapshot.Resolver is not { Backends.IsEmpty: false } resolver)
            return null;

        DaneLook? look = DaneLook.Open(resolver, out string wrong);
        if (look is null)
            problems.Add(At(source, "resolver", Severity.Error, $"backends cannot be looked at, since DANE must prove them and nobody answers for names: {wrong}"));
        return look;
    }

    /// <param name="gate">Whose backends.</param>
    /// <param name="key">Its own.</param>
    /// <param name="make">Of an address, its route (−1 is the gate's own backend) and its place; null: it cannot be looked at.</param>
    private static IEnumerable<(string Key, BackendCheck Check)> Checks(LoadedGate gate, string key, Func<ResolvedAddress, int, int, BackendCheck?> make)
    {
        foreach ((int place, ImmutableArray<ResolvedAddress> addresses) in gate.RouteBackends.Insert(0, gate.Backend).Index())
        {
            string backend = place == 0 ? key + ".backend" : $"{key}.route[#{place}].backend";
            foreach ((int index, ResolvedAddress address) in addresses.Index())
            {
                if (make(address, place - 1, index) is { } check)
                    yield return (backend, check);
            }
        }
    }

    private static BackendCheck? New(
        GateSettings gate, ResolvedAddress address, string hostName, ExpectedPeer? peer, DaneLook? dane, (int Gate, int Route, int Index) place) => peer switch
    {
        null => new PlainBackendCheck(gate, address, hostName),
        { IsDane: false } => new TlsBackendCheck(gate, address, hostName, peer),
        _ => dane is null ? null : new DaneBackendCheck(gate, address, hostName, peer, () => dane.Find(place.Gate, place.Route, place.Index)),
    };

    private static ConfigurationProblem At(SourceMap source, string key, Severity severity, string message)
    {
        Position at = source.Find(key);
        return new ConfigurationProblem(severity, source.File, at.Line, at.Column, key, message);
    }
}
