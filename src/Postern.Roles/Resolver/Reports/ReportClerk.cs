namespace Postern.Roles.Resolver.Reports;

/// <summary>A thread that sends reports: when a recorder comes, and every few minutes.</summary>
/// <param name="round">What is done each time.</param>
internal sealed class ReportClerk(Action round)
{
    /// <summary>Between two looks at what is due. A domain's place in the day is not more exact than this.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);

    /// <summary>A report makes a TLS handshake.</summary>
    private const int StackSize = 512 * 1024;

    private readonly SemaphoreSlim _now = new(0);

    public void Start() => new Thread(Run, StackSize) { IsBackground = true, Name = "reports" }.Start();

    /// <summary>There is somebody to ask.</summary>
    public void Wake() => _ = _now.Release();

    private void Run()
    {
        while (true)
        {
            _ = _now.Wait(Pause);
            round();
        }
    }
}
