namespace Postern.Roles.Ipc;

/// <summary>Alarms that may come before a role is ready, when they would be no start: they wait until then. For several threads.</summary>
/// <param name="say">One line, for the operator.</param>
internal sealed class EarlyAlarms(Action<string> say)
{
    private readonly Lock _lock = new();
    private List<string>? _waiting = [];

    public void Say(string text)
    {
        lock (_lock)
        {
            if (_waiting is not null)
                _waiting.Add(text);
            else
                say(text);
        }
    }

    /// <summary>The role is ready.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            _waiting?.ForEach(say);
            _waiting = null;
        }
    }
}
