using Postern.Policy.Dns;
using Postern.Roles.Resolver.Desk;

namespace Postern.Roles.Resolver;

/// <summary>
/// Threads that survey domains, each one at a time, so that a slow domain holds up its own mail only. Whoever asks for a domain that
/// is being surveyed waits for that survey.
/// </summary>
internal sealed class SurveyCrew
{
    /// <summary>Surveys at a time. A thread that waits for the DNS costs little more than its stack.</summary>
    public const int Hands = 32;

    /// <summary>Domains that wait for a hand. With more, mail is deferred: what waits longer than its client does is of no use.</summary>
    public const int MaxWaiting = 512;

    /// <summary>A survey makes TLS handshakes.</summary>
    private const int StackSize = 512 * 1024;

    private readonly Func<DnsName, bool, Finding> _survey;
    private readonly int _most;
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _work = new(0);
    private readonly Queue<Errand> _waiting = new();

    /// <summary>Waiting or under way, without those of the background.</summary>
    private readonly Dictionary<DnsName, Errand> _open = [];

    /// <summary>In the background, waiting or under way.</summary>
    private readonly HashSet<DnsName> _refreshing = [];

    private sealed record Errand(DnsName Domain, bool Refresh)
    {
        public List<Action<Finding>> Done { get; } = [];
    }

    /// <param name="survey">Of a domain; true: in the background.</param>
    /// <param name="hands">As <see cref="Hands"/>.</param>
    /// <param name="waiting">As <see cref="MaxWaiting"/>.</param>
    public SurveyCrew(Func<DnsName, bool, Finding> survey, int hands = Hands, int waiting = MaxWaiting)
    {
        _survey = survey;
        _most = waiting;
        for (int i = 0; i < hands; i++)
            new Thread(Work, StackSize) { IsBackground = true, Name = "survey" }.Start();
    }

    /// <summary>False: too many wait already.</summary>
    /// <param name="domain">Which.</param>
    /// <param name="done">With what was found, on a thread of the crew. Must not wait.</param>
    public bool Ask(DnsName domain, Action<Finding> done)
    {
        lock (_lock)
        {
            if (_open.TryGetValue(domain, out Errand? errand))
            {
                errand.Done.Add(done);
                return true;
            }

            if (_waiting.Count >= _most)
                return false;
            errand = new Errand(domain, Refresh: false);
            errand.Done.Add(done);
            _open.Add(domain, errand);
            _waiting.Enqueue(errand);
        }

        _ = _work.Release();
        return true;
    }

    /// <summary>In the background, when there is room to spare: who waits goes before.</summary>
    private void Refresh(DnsName domain)
    {
        lock (_lock)
        {
            if (_waiting.Count >= _most / 2 || !_refreshing.Add(domain))
                return;
            _waiting.Enqueue(new Errand(domain, Refresh: true));
        }

        _ = _work.Release();
    }

    private void Work()
    {
        while (true)
        {
            _work.Wait();
            Errand errand;
            lock (_lock)
                errand = _waiting.Dequeue();

            Finding finding = _survey(errand.Domain, errand.Refresh);
            Action<Finding>[] done;
            lock (_lock)
            {
                _ = errand.Refresh ? _refreshing.Remove(errand.Domain) : _open.Remove(errand.Domain);
                done = [.. errand.Done];
            }

            foreach (Action<Finding> each in done)
                each(finding);
            if (finding.WantsRefresh && !errand.Refresh)
                Refresh(errand.Domain);
        }
    }
}
