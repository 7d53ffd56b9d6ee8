namespace Postern.Protocols;

/// <summary>How TLS comes to one side of a connection.</summary>
public enum TlsMode
{
    Plain,
    Implicit,
    StartTls,

    /// <summary>smtp on port 25: STARTTLS is offered, mail in the clear is accepted (RFC 3207 §4.1).</summary>
    StartTlsOptional,
}

/// <summary>What is to be done about greetings before the relay begins.</summary>
public enum GreetingAction
{
    /// <summary>Both sides stand at the same point: relay.</summary>
    Relay,

    /// <summary>The backend will greet and nobody is owed it: read it, judge it, swallow it.</summary>
    Swallow,

    /// <summary>The client is owed a greeting that no backend will say: say one of our own.</summary>
    Say,
}

/// <summary>
/// The two questions behind every conversion between plain, implicit TLS and STARTTLS: is the client still owed a
/// greeting where the relay would begin, and will the backend greet?
/// </summary>
public static class GreetingLedger
{
    /// <summary>The client has seen no greeting yet at the moment where the relay would begin.</summary>
    public static bool Owed(Protocol protocol, TlsMode front) => Greets(protocol, front);

    /// <summary>The backend will say a greeting at the moment where the relay would begin.</summary>
    public static bool WillGreet(Protocol protocol, TlsMode back) => Greets(protocol, back);

    public static GreetingAction Decide(Protocol protocol, TlsMode front, TlsMode back) =>
        (Owed(protocol, front), WillGreet(protocol, back)) switch
        {
            (false, true) => GreetingAction.Swallow,
            (true, false) => GreetingAction.Say,
            _ => GreetingAction.Relay,
        };

    private static bool Greets(Protocol protocol, TlsMode mode)
    {
        if (protocol.FirstSpeaker == FirstSpeaker.Client)
            return false;

        return mode is TlsMode.Plain or TlsMode.Implicit || protocol.GreetsAfterStartTls;
    }
}
