namespace Postern.Roles.Resolver;

/// <summary>
/// Threads that survey one subject each at a time. Whoever asks for what is being surveyed waits for that survey.
/// </summary>
/// <typeparam name="TSubject">A domain, or a backend.</typeparam>
/// <typeparam name="TFound">What a survey of it comes to.</typeparam>
internal class Crew<TSubject, TFound>
    where TSubject : notnull
{
    /// <summary>Surveys at a time. A thread that waits for the DNS costs little more than its stack.</summary>
    public const int Hands = 32;

    /// <summary>Subjects that wait for a hand. With more, who asks is told no: what waits longer than its client does is of no use.</summary>
    public const int MaxWaiting = 512;

    /// <summary>A survey makes TLS handshakes.</summary>
    private const int StackSize = 512 * 1024;

    private readonly Func<TSubject, bool, TFound> _survey;
    private readonly Func<TFound, bool> _wantsRefresh;
    private readonly int _most;
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _work = new(0);
    private readonly Queue<Errand> _waiting = new();

    /// <summary>Waiting or under way, without those of the background.</summary>
    private readonly Dictionary<TSubject, Errand> _open = [];

    /// <summary>In the background, waiting or under way.</summary>
    private readonly HashSet<TSubject> _refreshing = [];

    private sealed record Errand(TSubject Subject, bool Refresh)
    {
        public List<Action<TFound>> Done { get; } = [];
    }

    /// <param name="survey">Of a subject; true: in the background.</param>
    /// <param name="wantsRefresh">What was found is to be surveyed again in the background.</param>
    /// <param name="hands">As <see cref="Hands"/>.</param>
    /// <param name="waiting">As <see cref="MaxWaiting"/>.</param>
    public Crew(Func<TSubject, bool, TFound> survey, Func<TFound, bool> wantsRefresh, int hands, int waiting)
    {
        _survey = survey;
        _wantsRefresh = wantsRefresh;
        _most = waiting;
        for (int i = 0; i < hands; i++)
            new Thread(Work, StackSize) { IsBackground = true, Name = "survey" }.Start();
    }

    /// <summary>False: too many wait already.</summary>
    /// <param name="subject">Which.</param>
    /// <param name="done">With what was found, on a thread of the crew. Must not wait.</param>
    public bool Ask(TSubject subject, Action<TFound> done)
    {
        lock (_lock)
        {
            if (_open.TryGetValue(subject, out Errand? errand))
            {
                errand.Done.Add(done);
                return true;
            }

            if (_waiting.Count >= _most)
                return false;
            errand = new Errand(subject, Refresh: false);
            errand.Done.Add(done);
            _open.Add(subject, errand);
            _waiting.Enqueue(errand);
        }

        _ = _work.Release();
        return true;
    }

    /// <summary>In the background, when there is room to spare: who waits goes before.</summary>
    private void Refresh(TSubject subject)
    {
        lock (_lock)
        {
            if (_waiting.Count >= _most / 2 || !_refreshing.Add(subject))
                return;
            _waiting.Enqueue(new Errand(subject, Refresh: true));
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

            TFound found = _survey(errand.Subject, errand.Refresh);
            Action<TFound>[] done;
            lock (_lock)
            {
                _ = errand.Refresh ? _refreshing.Remove(errand.Subject) : _open.Remove(errand.Subject);
                done = [.. errand.Done];
            }

            foreach (Action<TFound> each in done)
                each(found);
            if (_wantsRefresh(found) && !errand.Refresh)
                Refresh(errand.Subject);
        }
    }
}
