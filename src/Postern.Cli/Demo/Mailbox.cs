using System.Collections.Immutable;

namespace Postern.Cli.Demo;

/// <summary>A mail as it was delivered, lines ending in CRLF.</summary>
/// <param name="Uid">Counts up from 1.</param>
internal sealed record StoredMail(int Uid, DateTimeOffset At, byte[] Content);

/// <summary>The one mailbox of the demo, in memory.</summary>
internal sealed class Mailbox
{
    public const string User = "demo";
    public const string Password = "demo";

    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ImmutableArray<StoredMail> Mails { get; private set; } = [];

    /// <summary>Ends when the next mail has come.</summary>
    public Task NextChange
    {
        get
        {
            lock (_lock)
                return _changed.Task;
        }
    }

    public void Deliver(byte[] content)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            Mails = Mails.Add(new StoredMail(Mails.Length + 1, DateTimeOffset.UtcNow, content));
            (changed, _changed) = (_changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        changed.SetResult();
    }
}
