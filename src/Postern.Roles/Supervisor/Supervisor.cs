using System.Collections.Immutable;
using Postern.Configuration;
using Postern.Configuration.Settings;
using Postern.Engine.Counting;
using Postern.Engine.Loop;
using Postern.Interop.LibC;
using Postern.Roles.Reader;

namespace Postern.Roles.Supervisor;

/// <summary>
/// The supervisor: binds, starts, replaces, reloads, and tells.
/// <para>Purpose: keep the workers of the current configuration alive.</para>
/// <para>Trust: the configuration file; not what a worker says, which is counted or written out, never acted upon.</para>
/// <para>Privilege: root, or CAP_NET_BIND_SERVICE; it reads the keys' files; it reads no byte of the network.</para>
/// <para>Failure: the workers accept no more, and end with their last connection.</para>
/// </summary>
public sealed partial class Supervisor : IDisposable
{
    private const int TicketSecretBytes = 32;

    private readonly string _file;
    private readonly ListenerSet _listeners = new();
    private readonly GateRegistry _registry = new();

    /// <summary>What session ticket keys are derived from where the configuration names no secret: sessions outlive reloads, not posternd.</summary>
    private readonly byte[] _ticketSecret = new byte[TicketSecretBytes];

    private readonly ReaderProgram _reader = ReaderProgram.Find();
    private readonly Totals _totals;
    private readonly List<Generation> _draining = [];
    private Generation? _current;
    private Generation? _next;
    private Action<bool, string>? _nextDone;
    private ImmutableArray<string> _notices = [];
    private ControlSocket? _control;

    /// <summary>What posternd was started with; null until then.</summary>
    private ServerSettings? _started;
    private int _generations;
    private bool _stopping;
    private bool _failed;

    public Supervisor(string file)
    {
        _file = file;
        Scoreboard = Scoreboard.Create();
        _totals = new Totals(Scoreboard);
        KernelRandom.Fill(_ticketSecret);
        Span<byte> seed = stackalloc byte[sizeof(ulong)];
        KernelRandom.Fill(seed);
        ClientSeed = BitConverter.ToUInt64(seed);
        Log = new LogSink(LogTarget.Stderr);
    }

    internal Reactor Reactor { get; } = new();

    internal Scoreboard Scoreboard { get; }

    internal ulong ClientSeed { get; }

    internal LogSink Log { get; private set; }

    private DateTimeOffset StartedAt { get; } = DateTimeOffset.UtcNow;

    /// <summary>Runs until told to stop; the exit status.</summary>
    public int Run(TextWriter errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        List<ConfigurationProblem> problems = [];
        Generation? first = Prepare(Load(), problems, out _);
        foreach (ConfigurationProblem problem in problems)
            errors.WriteLine(problem);
        if (first is null)
            return 1;

        if (Log.JournalProblem is { } journal)
            Log.Say(4, "problem", journal);
        _control = ControlSocket.Open(this, _started!.Control, out string problemWithControl);
        if (_control is null)
        {
            errors.WriteLine($"posternd: {problemWithControl}");
            _listeners.CloseAll();
            return 1;
        }

        using var signals = new SignalWatch(this);
        Begin(first, (ok, message) =>
        {
            if (ok || _stopping)
                return;
            errors.WriteLine($"posternd: {message}");
            _failed = true;
            Reactor.Stop();
        });
        Reactor.Run();

        _control.Close();
        _listeners.CloseAll();
        Log.Close();
        return _failed ? 1 : 0;
    }

    /// <summary>TERM: accept no more, end with the last connection. A second time: end now.</summary>
    internal void Stop()
    {
        if (_stopping)
        {
            Log.Say(4, "stop", "stopping at once; open connections are cut");
            foreach (Generation generation in AllGenerations())
                generation.Kill();
            Reactor.Stop();
            return;
        }

        _stopping = true;
        if (_next is not null)
            FailNext("posternd is stopping");
        long live = _registry.Known.Sum(gate => Scoreboard.Live(gate.Row));
        Log.Say(6, "stop", $"draining {live} connections; another SIGTERM stops at once");
        _listeners.CloseAll();
        foreach (Generation generation in AllGenerations())
            generation.Drain();
        StopWhenEmpty();
    }

    public void Dispose() => Reactor.Dispose();

    private IEnumerable<Generation> AllGenerations() =>
        new[] { _current, _next }.OfType<Generation>().Concat(_draining);

    private void StopWhenEmpty()
    {
        if (_stopping && AllGenerations().All(generation => generation.Empty))
            Reactor.Stop();
    }
}
