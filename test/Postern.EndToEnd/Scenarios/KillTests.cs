using System.Collections.Concurrent;
using System.Diagnostics;
using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>
/// Kill -9 of each role under load, two workers: what is lost is exactly what that role held, and it is back within a
/// second. (RoomTests: a process for each connection.)
/// </summary>
[Collection(nameof(Alone))]
public sealed class KillTests : IDisposable
{
    private const int Held = 16;
    private const int Clients = 2;

    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    private readonly int _port = Workplace.FreePort();
    private readonly Household _household = new();
    private readonly PosternRig _rig;
    private readonly List<TlsClient> _held = [];
    private readonly ConcurrentQueue<Attempt> _attempts = new();
    private readonly Thread[] _load;
    private volatile bool _stop;

    public KillTests(EchoGates gates)
    {
        _rig = gates.Started("workers = 2", "kill", gates.Certificates.Tables + $"""
            [[gate]]
            name = "kill"
            protocol = "tcp"
            listen = ["127.0.0.1:{_port}"]
            tls = "implicit"
            certificate = ["ec"]
            backend = "127.0.0.1:{gates.BackendPort}"
            """, _household.Prelude, _port);
        _load = [.. Enumerable.Range(0, Clients).Select(_ => new Thread(Load) { IsBackground = true })];

        // As many as it takes until both workers hold some.
        Workplace.WaitFor(
            () =>
            {
                for (int i = 0; i < Held; i++)
                    _held.Add(Open());
                return Workers().All(worker => Of(worker).Count > 0);
            },
            () => "one worker takes all connections");
        foreach (Thread thread in _load)
            thread.Start();
        Thread.Sleep(500);
    }

    public void Dispose()
    {
        StopLoad();
        foreach (TlsClient client in _held)
            client.Dispose();
        _rig.Dispose();
    }

    [Fact]
    public void A_worker_takes_its_own_connections_with_it_and_is_replaced()
    {
        int[] workers = Workers();
        List<TlsClient> lost = Of(workers[0]), others = Of(workers[1]);
        Assert.Equal(_held.Count, lost.Count + others.Count);
        List<int> before = Household.Children(_rig.Pid);
        (long killed, long gone) = Kill(workers[0]);

        // The next one serves when it holds a connection. An idle worker may take all that come one after the other.
        Workplace.WaitFor(
            () =>
            {
                TlsClient[] more = new TlsClient[Clients];
                _ = Parallel.For(0, Clients, i => more[i] = Open());
                _held.AddRange(more);
                return Household.Children(_rig.Pid).Exists(pid => !before.Contains(pid) && Of(pid).Count > 0);
            },
            () => "no new worker serves: " + _rig.Log);
        Assert.True(Stopwatch.GetElapsedTime(killed) < s_second, $"it took {Stopwatch.GetElapsedTime(killed)}");
        Thread.Sleep(s_second);
        StopLoad();
        Assert.All(lost, client => Assert.NotEmpty(client.Echo("gone"u8)));
        Assert.All(others, client => Assert.Empty(client.Echo("still"u8)));

        // Listeners are everybody's: what it had not accepted yet, others did.
        Assert.All(Failures(), failure => Assert.True(failure.Begun <= gone && failure.Ended >= killed, $"not the dead worker's: {failure}"));
    }

    [Fact]
    public void A_key_agent_takes_no_connection_with_it_and_is_back_within_a_second()
    {
        int agent = Pid("keyAgent");
        (long killed, _) = Kill(agent);
        Thread.Sleep(2 * s_second);
        StopLoad();
        Assert.All(_held, client => Assert.Empty(client.Echo("still"u8)));
        Assert.All(Failures(), failure =>
        {
            Assert.Equal(0, failure.Shaken);
            Assert.True(failure.Ended >= killed && Stopwatch.GetElapsedTime(killed, failure.Begun) < s_second, $"not for want of a signature: {failure}");
        });
        Assert.Contains(_attempts, attempt => attempt.Problem.Length == 0 && Stopwatch.GetElapsedTime(killed, attempt.Begun) > TimeSpan.Zero && Stopwatch.GetElapsedTime(killed, attempt.Shaken) < s_second);
        Assert.NotEqual(agent, Pid("keyAgent"));
        Assert.Contains($"key agent {agent} ended (killed by signal 9)", _rig.Log, StringComparison.Ordinal);
    }

    /// <summary>Taken out: that a worker asks the next dialer again. Dials that were under way would then fail.</summary>
    [Fact]
    public void A_dialer_takes_no_connection_with_it_not_even_one_that_waits_for_it()
    {
        int dialer = Pid("dialer");
        for (int i = 0; i < 3; i++)
        {
            (long killed, _) = Kill(Pid("dialer"));
            Workplace.WaitFor(() => _attempts.Any(attempt => attempt.Problem.Length == 0 && attempt.Begun > killed), () => "no backend is reached: " + _rig.Log);
            Assert.True(Stopwatch.GetElapsedTime(killed) < s_second, $"it took {Stopwatch.GetElapsedTime(killed)}");
        }

        StopLoad();
        Assert.All(_held, client => Assert.Empty(client.Echo("still"u8)));
        Assert.Empty(Failures());
        Assert.NotEqual(dialer, Pid("dialer"));
        Assert.Contains($"dialer {dialer} ended (killed by signal 9)", _rig.Log, StringComparison.Ordinal);
    }

    /// <summary>Nobody accepts any more; what is connected goes on, and with the last of it all that is left ends.</summary>
    [Fact]
    public void A_supervisor_takes_no_connection_with_it_and_its_roles_end_with_the_last()
    {
        int[] workers = Workers();
        (long killed, long gone) = Kill(_rig.Pid);
        Workplace.WaitFor(() => _attempts.Any(attempt => attempt.Problem.Length > 0 && attempt.Begun > gone), () => "somebody still accepts");
        StopLoad();
        Assert.All(_held, client => Assert.Empty(client.Echo("still"u8)));
        Assert.All(Failures(), failure => Assert.True(failure.Shaken == 0 && failure.Ended >= killed, $"it was connected: {failure}"));

        // The first worker's connections end: it does, and the other does not.
        List<TlsClient> first = Of(workers[0]), second = Of(workers[1]);
        Assert.Equal(_held.Count, first.Count + second.Count);
        first.ForEach(client => client.Dispose());
        Workplace.WaitFor(() => !_household.Living().Contains(workers[0]), () => "a worker outlives its last connection");
        Assert.All(second, client => Assert.Empty(client.Echo("still"u8)));
        second.ForEach(client => client.Dispose());
        Workplace.WaitFor(() => _household.Living().Count == 0, () => "roles outlive their posternd: " + string.Join(' ', _household.Living()));
    }

    private TlsClient Open()
    {
        TlsClient? client = TlsClient.Open(_port, out string problem);
        Assert.True(client is not null, problem);
        Assert.Empty(client.Echo("x"u8));
        return client;
    }

    /// <summary>When it was killed, and when it was gone: until then it may still have accepted.</summary>
    private (long Killed, long Gone) Kill(int pid)
    {
        long killed = Stopwatch.GetTimestamp();
        Assert.True(_household.Kill(pid), "it is not there");
        Workplace.WaitFor(() => !_household.Living().Contains(pid), () => "it does not end");
        return (killed, Stopwatch.GetTimestamp());
    }

    private int[] Workers() => [.. Household.Members(_rig).Where(member => member.Role == "worker").Select(member => member.Pid)];

    private int Pid(string role) => Household.Members(_rig).Single(member => member.Role == role).Pid;

    /// <summary>Which of the held ones a worker has.</summary>
    private List<TlsClient> Of(int pid)
    {
        HashSet<int> ports = Household.ClientPorts(pid);
        return [.. _held.Where(client => ports.Contains(client.Port))];
    }

    private void StopLoad()
    {
        _stop = true;
        foreach (Thread thread in _load)
        {
            if (thread.IsAlive)
                thread.Join();
        }
    }

    private List<Attempt> Failures()
    {
        Assert.True(_attempts.Count > 20, "there was no load");
        return [.. _attempts.Where(attempt => attempt.Problem.Length > 0)];
    }

    /// <summary>Short connections, one after the other.</summary>
    private void Load()
    {
        while (!_stop)
        {
            long begun = Stopwatch.GetTimestamp();
            using TlsClient? client = TlsClient.Open(_port, out string problem);
            if (client is not null)
                problem = client.Echo("short"u8);
            _attempts.Enqueue(new Attempt(begun, client?.Shaken ?? 0, Stopwatch.GetTimestamp(), problem));

            // Where nobody listens this would be a busy loop.
            if (client is null)
                Thread.Sleep(5);
        }
    }

    /// <param name="Begun">Stopwatch time.</param>
    /// <param name="Shaken">When the handshake was over; 0 when it never was.</param>
    /// <param name="Ended">When it was answered, or failed.</param>
    /// <param name="Problem">Empty when it was answered.</param>
    private sealed record Attempt(long Begun, long Shaken, long Ended, string Problem);
}
