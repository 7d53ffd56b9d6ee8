using Postern.Configuration;
using Postern.Interop.LibC;
using Postern.Roles.Ipc;

namespace Postern.Roles.Supervisor;

/// <summary>One generation after the other, and the workers in them.</summary>
public sealed partial class Supervisor
{
    private readonly SortedSet<string> _roleNotices = new(StringComparer.Ordinal);

    private bool _loading;
    private bool _hangupWaits;

    /// <summary>HUP: a reload, after the one that may be under way: whoever changed the file meanwhile wants that change, too.</summary>
    internal void Hangup()
    {
        if (_loading || _next is not null)
            _hangupWaits = true;
        else
            Reload((_, _, _) => { });
    }

    /// <summary>
    /// A new generation from the file as it is now. The old one drains when all the new workers are ready; should one of
    /// them fail, or the file be wrong, everything stays as it was.
    /// </summary>
    /// <param name="done">Called once: whether it took effect, a sentence, and the problems of the file.</param>
    internal void Reload(Action<bool, string, IReadOnlyList<string>> done)
    {
        if (_stopping || _loading || _next is not null)
        {
            done(false, _stopping ? "posternd is stopping" : "another reload is under way", []);
            return;
        }

        _loading = true;
        OffLoop<SnapshotResult>.Begin(Reactor, Load, (loaded, failure) =>
        {
            _loading = false;
            if (_stopping)
            {
                loaded?.Snapshot?.WipeKeys();
                done(false, "posternd is stopping", []);
            }
            else if (loaded is null)
            {
                Refused("the configuration cannot be loaded: " + failure!.Message, [], done);
            }
            else
            {
                Reload(loaded, done);
            }
        });
    }

    private void Reload(SnapshotResult loaded, Action<bool, string, IReadOnlyList<string>> done)
    {
        List<ConfigurationProblem> problems = [];
        Generation? next = Prepare(loaded, problems, out Claims claims);
        string[] texts = [.. problems.Select(problem => problem.ToString())];
        if (next is null)
        {
            foreach (string problem in texts)
                Log.Say(3, "reload", problem);
            Refused("the configuration has errors; the one before stays in force", texts, done);
            return;
        }

        Begin(next, (ok, message) =>
        {
            if (!ok)
                Release(claims);
            Log.Say(ok ? 6 : 3, "reload", message);
            done(ok, message, texts);
            HangupAgain();
        });
    }

    private void Refused(string why, IReadOnlyList<string> problems, Action<bool, string, IReadOnlyList<string>> done)
    {
        Log.Say(3, "reload", why);
        done(false, why, problems);
        HangupAgain();
    }

    private void HangupAgain()
    {
        if (!_hangupWaits || _stopping)
            return;

        _hangupWaits = false;
        Hangup();
    }

    /// <summary>What a role has to do without, on this kernel; empty when nothing. Said once, and in status as long as posternd runs.</summary>
    internal void RoleNotice(string notice)
    {
        foreach (string line in notice.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (_roleNotices.Add(line))
                Log.Say(4, "sandbox", line);
        }
    }

    /// <summary>Perhaps the last of the next generation; or one that takes a dead one's place, and may begin at once.</summary>
    internal void WorkerReady(WorkerProcess worker)
    {
        if (_next?.PlaceOf(worker) is not null)
            ServiceReady();
        else
            worker.Accept();
    }

    /// <summary>The next generation takes over when all of it is ready, and not before: until then it has accepted nothing that could be lost.</summary>
    internal void ServiceReady()
    {
        if (_next is not { AllReady: true })
            return;

        Generation? old = _current;
        (_current, _next) = (_next, null);
        _current.Accept();
        _listeners.CloseAllBut(_current.Snapshot);
        if (old is not null)
        {
            _draining.Add(old);
            old.Drain();
            Retire(old);
        }

        int number = _current.Snapshot.Generation;
        string gates = Count(_current.Snapshot.Gates.Length, "gate"), workers = Count(_current.Places.Length, "worker");
        if (old is null)
            Log.Say(6, "start", $"{gates}, {workers}{(Privilege.IsRoot ? $" as {_current.Snapshot.Server.User}" : ", all as the user that started posternd")}");
        Finish(true, $"generation {number} is in force with {gates} and {workers}");
        RoleStart.GiveBack();
    }

    private static string Count(int number, string what) => number == 1 ? $"1 {what}" : $"{number} {what}s";

    internal void WorkerEnded(WorkerProcess worker, ChildExit exit)
    {
        Generation generation = AllGenerations().First(candidate => candidate.PlaceOf(worker) is not null);
        Generation.Place place = generation.PlaceOf(worker)!;
        place.Worker = null;
        _totals.Retire(worker.ScoreboardSlot, _registry.Known.Select(gate => gate.Row));
        worker.Dispose();

        if (ReferenceEquals(generation, _next))
        {
            Abandon(worker, exit);
        }
        else if (generation.Draining)
        {
            if (exit is not { ExitCode: 0 } && worker.Accepted)
                Log.Say(4, "worker", $"draining worker {worker.Pid} of generation {generation.Snapshot.Generation} ended: {exit}");
            Retire(generation);
        }
        else
        {
            Replace(generation, place, worker, exit);
        }

        StopWhenEmpty();
    }

    private void Begin(Generation generation, Action<bool, string> done)
    {
        _next = generation;
        _nextDone = done;
        foreach (Service service in generation.Services)
        {
            if (Start(generation, service) is not { } without)
                continue;

            FailNext(without);
            return;
        }

        // All at once: a message for each to each that is still starting would pile up.
        TellOthers(Scoreboard.Prepare(generation.Places.Length));
        foreach (Generation.Place place in generation.Places)
        {
            if (Fill(generation, place) is not { } problem)
                continue;

            FailNext(problem);
            return;
        }
    }

    /// <summary>Starts a worker in a place. Null when it went well.</summary>
    private string? Fill(Generation generation, Generation.Place place)
    {
        TellOthers(Scoreboard.Prepare(1));
        int slot = Scoreboard.Take();
        if (slot < 0)
            return "there is no place for a worker: too many are alive, until older generations have drained, or there are no descriptors left (LimitNOFILE)";

        place.Worker = WorkerProcess.Start(this, slot, generation, out string problem);
        if (place.Worker is not null)
            return null;

        Scoreboard.Release(slot);
        return problem;
    }

    /// <summary>Slots that did not exist when they started: limits count what their workers will have.</summary>
    private void TellOthers(IReadOnlyList<int> slots)
    {
        if (slots.Count == 0)
            return;

        foreach (WorkerProcess other in AllGenerations().SelectMany(generation => generation.Places).Select(place => place.Worker).OfType<WorkerProcess>())
        {
            // One that cannot be told counts a little less than there is: no reason to end what it holds. One that does not
            // take messages any more is noticed at the next that matters.
            if (!other.Tell(slots))
                Log.Say(4, "worker", $"worker {other.Pid} could not be told of {slots.Count} new workers: its limits do not count their connections");
        }
    }

    private void Abandon(WorkerProcess worker, ChildExit exit) =>
        FailNext(worker.Failure.Length > 0 ? worker.Failure : $"a new worker ended before it was ready: {exit}");

    private void FailNext(string problem)
    {
        Generation failed = _next!;
        _next = null;
        _draining.Add(failed);
        failed.Kill();
        Retire(failed);
        Finish(false, _current is null ? problem : $"{problem}; the configuration before stays in force");
    }

    private void Finish(bool ok, string message)
    {
        Action<bool, string>? done = _nextDone;
        _nextDone = null;
        done?.Invoke(ok, message);
    }

    private void Retire(Generation generation)
    {
        if (!generation.Empty || !_draining.Remove(generation))
            return;

        generation.Close();
        Log.Say(6, "drained", $"generation {generation.Snapshot.Generation} has ended with its last connection");
    }

    private void Replace(Generation generation, Generation.Place place, WorkerProcess worker, ChildExit exit)
    {
        int wait = place.Deaths.Add(worker.StartedAt);
        Log.Say(3, "worker", $"worker {worker.Pid} ended ({Cause(exit, worker.Failure)}); its connections are lost, another starts {Deaths.When(wait)}");
        After(wait, () => Refill(generation, place));
    }

    private static string Cause(ChildExit exit, string failure) => failure.Length > 0 ? $"{exit}: {failure}" : exit.ToString();

    /// <summary>At once when there is nothing to wait for.</summary>
    private void After(int milliseconds, Action action)
    {
        if (milliseconds == 0)
            action();
        else
            new Delay(Reactor, action).Start(milliseconds);
    }

    private void Refill(Generation generation, Generation.Place place)
    {
        if (generation.Draining || _stopping || place.Worker is not null)
            return;

        if (Fill(generation, place) is not { } problem)
            return;

        Log.Say(3, "worker", $"{problem}; trying again");
        After(Deaths.MaxBackoffMilliseconds, () => Refill(generation, place));
    }
}
