namespace Postern.Roles.Resolver.Desk;

/// <summary>
/// Says what an operator has to know, and the same thing once a day only: mail to a domain goes on all day. For several threads.
/// </summary>
/// <param name="say">One line, in our words.</param>
/// <param name="clock">The time.</param>
public sealed class AlarmBell(Action<string> say, TimeProvider clock)
{
    public static readonly TimeSpan Quiet = TimeSpan.FromDays(1);

    /// <summary>Things that are remembered as said. With more, some are said again.</summary>
    public const int MaxSaid = 4096;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, DateTimeOffset> _said = new(StringComparer.Ordinal);

    /// <summary>Surveys, whatever comes of it: a mistake of ours must not end the resolver, and with it what others wait for.</summary>
    /// <param name="what">As in <see cref="Ring"/>.</param>
    /// <param name="problem">What is said when there is such a mistake: "example.org cannot be looked up".</param>
    /// <param name="survey">May throw.</param>
    /// <param name="isBroken">It did.</param>
    /// <returns>What was found; null where that is nothing, or a mistake.</returns>
    public T? Guard<T>(string what, string problem, Func<T?> survey, out bool isBroken)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(survey);
        isBroken = false;
        try
        {
            return survey();
        }
#pragma warning disable CA1031 // Whatever it is.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            isBroken = true;
            Ring(what, $"{problem}, which is a mistake in Postern: {failure.GetType().Name}");
            return null;
        }
    }

    /// <param name="what">By this it is known as the same.</param>
    /// <param name="text">What is said.</param>
    public void Ring(string what, string text)
    {
        DateTimeOffset now = clock.GetUtcNow();
        lock (_lock)
        {
            if (_said.TryGetValue(what, out DateTimeOffset at) && (now - at).Duration() < Quiet)
                return;
            if (_said.Count >= MaxSaid)
                _said.Clear();
            _said[what] = now;
        }

        say(text);
    }
}
