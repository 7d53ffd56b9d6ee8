namespace Postern.EndToEnd.Conversations;

/// <summary>A gate of the table of conversions.</summary>
/// <param name="Protocol">As in the configuration.</param>
/// <param name="Front">How its client begins: plain, implicit, starttls, starttls-optional.</param>
/// <param name="Back">How it goes on to its server: plain, implicit, starttls.</param>
/// <param name="Port">Where it listens.</param>
internal sealed record Way(string Protocol, string Front, string Back, int Port)
{
    public const string GateHost = "gate.example.test";

    public string Name => $"{Protocol}-{Front}-{Back}";

    /// <summary>
    /// Whose greeting the client hears: ours where a dialogue came before TLS on either side, since the client has been greeted by us,
    /// or the server has greeted us. Not for protocols that greet again after STARTTLS, or not at all.
    /// </summary>
    public bool GateGreets => Front is "starttls" or "starttls-optional" || Back == "starttls";

    /// <summary>Whether there is TLS, in each session that is held: a client may choose where it is optional.</summary>
    public bool[] Sessions => Front == "starttls-optional" ? [false, true] : [Front != "plain"];
}
