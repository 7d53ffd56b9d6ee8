using Postern.Resolver.Dns;

namespace Postern.Roles.Resolver;

/// <summary>
/// Looks now and then whether DNSSEC works here: where it does not, no domain has DANE, and nobody would notice. It says so once when
/// it fails, and once when it is back.
/// </summary>
internal sealed class CanaryWatch(IDnsSource dns, Action<string> alarm)
{
    public static readonly TimeSpan Pause = TimeSpan.FromHours(1);

    /// <summary>While it fails.</summary>
    public static readonly TimeSpan ShortPause = TimeSpan.FromMinutes(1);

    private string? _wrong;

    /// <summary>Once.</summary>
    /// <returns>How long to wait until the next time.</returns>
    public TimeSpan Look()
    {
        string? wrong = dns.Canary();
        if (wrong is not null && _wrong is null)
            alarm("DNSSEC does not work here, and so there is no DANE: " + wrong);
        else if (wrong is null && _wrong is not null)
            alarm("DNSSEC works here again");
        _wrong = wrong;
        return wrong is null ? Pause : ShortPause;
    }

    public void Start() => new Thread(Run, 256 * 1024) { IsBackground = true, Name = "canary" }.Start();

    private void Run()
    {
        using var never = new ManualResetEventSlim();
        while (true)
            _ = never.Wait(Look());
    }
}
