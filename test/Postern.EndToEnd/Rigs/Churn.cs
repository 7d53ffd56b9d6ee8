using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;

namespace Postern.EndToEnd.Rigs;

/// <summary>
/// Clients that come and go: some are served, some cut off, some never get to TLS, some stay for a while. What has failed
/// and has no excuse is kept.
/// </summary>
internal sealed class Churn : IDisposable
{
    private const int Threads = 2;
    private const int MaxHeld = 6;

    private readonly int _tls;
    private readonly int _pop;
    private readonly bool _rooms;
    private readonly Thread[] _threads;
    private readonly ConcurrentQueue<Failure> _failures = new();
    private volatile bool _stop;
    private long _made;
    private long _served;

    /// <param name="tls">Port of a gate with TLS before an echo.</param>
    /// <param name="pop">Port of a gate that speaks before TLS.</param>
    /// <param name="rooms">A process for each connection.</param>
    public Churn(int tls, int pop, bool rooms)
    {
        _tls = tls;
        _pop = pop;
        _rooms = rooms;
        _threads = [.. Enumerable.Range(0, Threads).Select(seed => new Thread(() => Run(new Random(seed))) { IsBackground = true })];
        foreach (Thread thread in _threads)
            thread.Start();
    }

    /// <summary>Connections of every kind.</summary>
    public long Made => Volatile.Read(ref _made);

    /// <summary>Those that had TLS, a backend, and an answer.</summary>
    public long Served => Volatile.Read(ref _served);

    /// <summary>Those that failed, whatever the cause.</summary>
    public int Failed => _failures.Count;

    /// <summary>Ends when all clients are gone.</summary>
    public void Stop()
    {
        _stop = true;
        foreach (Thread thread in _threads)
            thread.Join();
    }

    /// <summary>What failed although nothing was killed that it needed.</summary>
    public List<string> Unexcused(Deeds deeds) => [.. _failures.Where(failure => !IsExcused(failure, deeds)).Select(failure => failure.ToString())];

    public void Dispose() => Stop();

    /// <summary>
    /// Until it has its backend a connection needs its process, the key agent, and the porter between them; not the dialer,
    /// whose successor is asked again, and not the nursery, of which rooms are ready. Afterwards it needs its process alone.
    /// </summary>
    private bool IsExcused(Failure failure, Deeds deeds) =>
        deeds.Excuse(failure.From, failure.To, _rooms ? ["room"] : ["worker"])
        || (!failure.Relayed && deeds.Excuse(failure.From, failure.To, "keyAgent", "porter"));

    private void Run(Random random)
    {
        List<(TlsClient Client, long Until)> held = [];
        byte[] bytes = new byte[2048];
        random.NextBytes(bytes);
        while (!_stop)
        {
            int kind = random.Next(100);
            ReadOnlySpan<byte> text = bytes.AsSpan(0, random.Next(1, bytes.Length));
            if (kind < 60)
                Serve(text)?.Dispose();
            else if (kind < 75)
                Serve(text)?.Abort(text);
            else if (kind < 90)
                NoTls(random, kind < 82 ? _tls : _pop, text);
            else if (held.Count < MaxHeld && Serve(text) is { } client)
                held.Add((client, Stopwatch.GetTimestamp() + (random.Next(1, 9) * Stopwatch.Frequency)));

            for (int i = held.Count - 1; i >= 0; i--)
            {
                bool over = Stopwatch.GetTimestamp() > held[i].Until;
                if ((over || random.Next(20) == 0) && (!Again(held[i].Client, text) || over))
                {
                    held[i].Client.Dispose();
                    held.RemoveAt(i);
                }
            }
        }

        foreach ((TlsClient client, _) in held)
        {
            _ = Again(client, bytes);
            client.Dispose();
        }
    }

    private TlsClient? Serve(ReadOnlySpan<byte> text)
    {
        _ = Interlocked.Increment(ref _made);
        long begun = Stopwatch.GetTimestamp();
        TlsClient? client = TlsClient.Open(_tls, out string problem);
        if (client is not null)
            problem = client.Echo(text);
        if (problem.Length == 0)
        {
            _ = Interlocked.Increment(ref _served);
            return client;
        }

        _failures.Enqueue(new Failure(begun, Stopwatch.GetTimestamp(), false, problem));
        client?.Dispose();
        return null;
    }

    /// <summary>One that is held, and has been served before: false when it is no longer.</summary>
    private bool Again(TlsClient client, ReadOnlySpan<byte> text)
    {
        string problem = client.Echo(text);
        if (problem.Length > 0)
            _failures.Enqueue(new Failure(client.Shaken, Stopwatch.GetTimestamp(), true, problem));
        return problem.Length == 0;
    }

    /// <summary>Bytes that are no handshake, or none at all; nobody is owed an answer.</summary>
    private void NoTls(Random random, int port, ReadOnlySpan<byte> text)
    {
        _ = Interlocked.Increment(ref _made);
        try
        {
            using var tcp = new TcpClient("127.0.0.1", port);
            if (random.Next(3) > 0)
                tcp.GetStream().Write(port == _pop ? "CAPA\r\nSTLS\r\n"u8 : text);
            if (random.Next(2) > 0)
                tcp.LingerState = new LingerOption(true, 0);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // It may well be cut.
        }
    }

    /// <param name="From">When what it needed had to be there.</param>
    /// <param name="To">When the failure was seen.</param>
    /// <param name="Relayed">It had its backend.</param>
    /// <param name="Problem">In words.</param>
    private sealed record Failure(long From, long To, bool Relayed, string Problem);
}
