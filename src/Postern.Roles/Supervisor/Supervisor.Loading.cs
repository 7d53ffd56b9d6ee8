using Postern.Configuration;
using Postern.Configuration.Settings;
using Postern.Engine.Counting;
using Postern.Interop.LibC;
using Postern.Roles.Resolver;
using Postern.Store;

namespace Postern.Roles.Supervisor;

/// <summary>From the file to a generation that could begin.</summary>
public sealed partial class Supervisor
{
    /// <summary>
    /// The file, and all that it names. This waits for name servers and for files that may lie on a network: a reload does
    /// it on a thread of its own (<see cref="OffLoop{T}"/>), and so it touches nothing of the supervisor's.
    /// </summary>
    private SnapshotResult Load() => _reader.ReadSnapshot(_file, _generations + 1);

    /// <summary>Finds rows, users and addresses for what was loaded. Null when anything is wrong; nothing has changed then.</summary>
    private Generation? Prepare(SnapshotResult loaded, List<ConfigurationProblem> problems, out Claims claims)
    {
        problems.AddRange(loaded.Problems);
        claims = Claims.None;
        if (loaded.Snapshot is null)
            return null;

        List<ConfigurationProblem> wrong = [];
        Snapshot? snapshot = _registry.Assign(loaded.Snapshot, out IReadOnlyList<string> gates);
        if (snapshot is null)
            wrong.Add(Problem($"more than {Scoreboard.Gates} gates have been configured since posternd started: restart it"));
        else
            wrong.AddRange(MissingUsers.Of(snapshot.Server).Select(missing => Problem($"the user {missing.User} does not exist; {MissingUsers.Remedy(missing.User)}")));
        if (loaded.Snapshot.Resolver is not null && loaded.Snapshot.Server.Isolation == Isolation.Connection)
            wrong.Add(Problem("mail and streams to the world, and backend-trust = \"dane\", need isolation = \"worker\": a room has no way to the resolver"));
        problems.AddRange(NeedsRestart(loaded.Snapshot.Server));
        IReadOnlyList<string> opened = [];
        IReadOnlyList<(int, int)>? listeners = wrong.Count == 0
            ? _listeners.Open(snapshot!, _file, wrong, out opened)
            : null;
        problems.AddRange(wrong);
        claims = new Claims(gates, listeners is null ? [] : opened);
        if (listeners is not null && _started is null)
        {
            _started = snapshot!.Server;
            Log = new LogSink(_started.Log);
        }

        Generation? generation = listeners is null ? null : Write(snapshot!, listeners, problems);
        if (generation is null)
            Release(claims);
        else
            _notices = [.. problems.Select(problem => problem.ToString())];
        return generation;
    }

    /// <summary>What a generation claimed that the one before did not have; it is given back when the generation does not take effect.</summary>
    private sealed record Claims(IReadOnlyList<string> Gates, IReadOnlyList<string> Listeners)
    {
        public static Claims None { get; } = new([], []);
    }

    private void Release(Claims claims)
    {
        _registry.Forget(claims.Gates);
        _listeners.Close(claims.Listeners);
    }

    /// <summary>What the supervisor itself has taken hold of when it started, and keeps.</summary>
    private IEnumerable<ConfigurationProblem> NeedsRestart(ServerSettings wanted)
    {
        const string Remedy = "has changed, and a reload does not change it: restart posternd";
        if (_started is null)
            yield break;
        if (wanted.Control != _started.Control)
            yield return new ConfigurationProblem(Severity.Warning, _file, 0, 0, "server.control", $"{Remedy}; until then it is {_started.Control}");
        if (wanted.Log != _started.Log)
            yield return new ConfigurationProblem(Severity.Warning, _file, 0, 0, "server.log", Remedy);
    }

    /// <summary>No descriptor, and no error.</summary>
    private const int Nobody = int.MinValue;

    /// <summary>Into anonymous memory, one piece for each who is to know it.</summary>
    private Generation? Write(Snapshot loaded, IReadOnlyList<(int, int)> listeners, List<ConfigurationProblem> problems)
    {
        // Workers write in the form of the log that there is, which may not be the one that is asked for.
        Snapshot snapshot = loaded with { Server = loaded.Server with { Log = Log.Target } };
        byte[] keys = snapshot.Keys(_ticketSecret).Write();
        int keysFd = Descriptor.Memory(keys);
        Array.Clear(keys);
        foreach (LoadedCertificate certificate in snapshot.Certificates)
        {
            Array.Clear(certificate.KeyPem);
            Array.Clear(certificate.Passphrase);
            Array.Clear(certificate.Token?.Pin ?? []);
        }

        Array.Clear(snapshot.TicketSecret);
        int resolverFd = snapshot.Resolver is { } resolver ? Descriptor.Memory(resolver.Write()) : Nobody;
        if (snapshot.Resolver?.State is { } state)
            MakeState(state, snapshot.Server.User);
        int recorderFd = snapshot.Resolver is { State: { } kept, SendsMail: true }
            ? Descriptor.Memory(new RecorderSnapshot { State = kept, Reports = snapshot.Resolver.Reports }.Write())
            : Nobody;
        snapshot = snapshot.WithoutKeys();
        int backendsFd = Descriptor.Memory(snapshot.Backends().Write());
        int snapshotFd = Descriptor.Memory(snapshot.Write());
        if (keysFd >= 0 && backendsFd >= 0 && snapshotFd >= 0 && (resolverFd >= 0 || resolverFd == Nobody) && (recorderFd >= 0 || recorderFd == Nobody))
        {
            _generations++;
            return new Generation(snapshot, snapshotFd, keysFd, backendsFd, resolverFd, recorderFd, listeners);
        }

        foreach (int fd in (ReadOnlySpan<int>)[keysFd, backendsFd, snapshotFd, resolverFd, recorderFd])
            Descriptor.Close(fd);
        int error = ((ReadOnlySpan<int>)[keysFd, backendsFd, snapshotFd, resolverFd, recorderFd]).ToArray().Where(fd => fd != Nobody).Min();
        problems.Add(Problem("the snapshot cannot be written: " + Errno.Describe(error)));
        return null;
    }

    /// <summary>What cannot be made, whoever misses it says.</summary>
    private static void MakeState(string state, string user)
    {
        SystemUser? owner = Privilege.IsRoot ? Privilege.FindUser(user) : null;
        if (OwnedDirectory.Make(state, owner) != 0)
            return;
        foreach (string own in (ReadOnlySpan<string>)[ResolverRole.OwnDirectory, StoreFile.Folder])
            _ = OwnedDirectory.Make(Path.Combine(state, own), owner);
    }

    private ConfigurationProblem Problem(string message) => new(Severity.Error, _file, 0, 0, "", message);
}
