namespace Postern.Engine.Connections;

/// <summary>How far a connection came. The order is the order of a connection's life; the names are the log's.</summary>
public enum Stage
{
    /// <summary>Waits for the PROXY header of a trusted network.</summary>
    Proxy,

    /// <summary>Speaks our side of STARTTLS.</summary>
    Negotiation,
    Handshake,

    /// <summary>Connects to the backend.</summary>
    Dial,

    /// <summary>Speaks our side of STARTTLS with the backend, or TLS.</summary>
    BackendTls,

    /// <summary>Reads the greeting that nobody is owed, or says the refusal that somebody is.</summary>
    Greeting,
    Relay,
}

public static class StageNames
{
    public static readonly int Count = Enum.GetValues<Stage>().Length;

    public static string Of(Stage stage) => stage switch
    {
        Stage.Proxy => "proxy",
        Stage.Negotiation => "negotiation",
        Stage.Handshake => "handshake",
        Stage.Dial => "dial",
        Stage.BackendTls => "backend-tls",
        Stage.Greeting => "greeting",
        _ => "relay",
    };
}
