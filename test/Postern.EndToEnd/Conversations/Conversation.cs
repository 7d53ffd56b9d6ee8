namespace Postern.EndToEnd.Conversations;

/// <summary>A protocol in the table of conversions: its real servers, and what a real client says to one of them through a gate.</summary>
internal abstract class Conversation
{
    /// <summary>As in the configuration.</summary>
    public abstract string Protocol { get; }

    /// <summary>The port of the real server that speaks so.</summary>
    /// <param name="back">plain: it has no TLS. implicit, starttls: it does nothing without.</param>
    public abstract int Server(string back);

    /// <summary>The address of that server.</summary>
    public virtual string Address(string back) => "127.0.0.1";

    /// <summary>More keys of a gate to that server.</summary>
    public virtual string Keys(string back) => "";

    /// <summary>A whole session of a real client, or those of <see cref="Way.Sessions"/>, to an end that only the server can have brought about; asserts what was heard.</summary>
    public abstract void Hold(Way way);
}
