namespace Postern.Roles.Resolver.Reports;

/// <summary>
/// A thread that sends reports: when a recorder comes, and every few minutes. It works while its generation is in force and no longer:
/// one that is not yet, or drains, would send as a file says that is not in force.
/// </summary>
/// <param name="round">What is done each time, until it is told to stop. True: there is more to do.</param>
internal sealed class ReportClerk(Func<CancellationToken, bool> round)
{
    /// <summary>Between two looks at what is due. A domain's place in the day is not more exact than this.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);

    /// <summary>A report makes a TLS handshake.</summary>
    private const int StackSize = 512 * 1024;

    private readonly SemaphoreSlim _now = new(0);
    private readonly CancellationTokenSource _drained = new();
    private bool _started;

    /// <summary>The generation is in force.</summary>
    public void Start()
    {
        if (_started)
            return;
        _started = true;
        Wake();
        new Thread(Run, StackSize) { IsBackground = true, Name = "reports" }.Start();
    }

    /// <summary>The generation drains: what is under way is brought to an end, and nothing is begun.</summary>
    public void Stop() => _drained.Cancel();

    /// <summary>There is somebody to ask.</summary>
    public void Wake() => _ = _now.Release();

    private void Run()
    {
        try
        {
            bool more = false;
            while (true)
            {
                // Who was woken and told to stop at the same time may hear of the one alone.
                _ = _now.Wait(more ? TimeSpan.Zero : Pause, _drained.Token);
                _drained.Token.ThrowIfCancellationRequested();
                more = round(_drained.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // There is no next round.
        }
    }
}
