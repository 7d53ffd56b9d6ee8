namespace Postern.Protocols;

/// <summary>
/// One side's part in the dialogue before TLS (or before the relay): a state machine that reads bytes, writes
/// bytes, and knows no socket, no clock and no other connection.
/// </summary>
/// <remarks>
/// A negotiator consumes one unit of its protocol (a command, a reply, a greeting) at each call. It never sees a
/// byte twice that it has consumed, and it must give the same answers however the input is cut: that property is
/// tested for all of them, at every byte. It is not called directly but by a <see cref="Dialogue"/>, which holds the
/// rules that no protocol may forget.
/// </remarks>
public abstract class Negotiator
{
    /// <summary>The most that one call may write: the driver makes sure of this much room before it calls.</summary>
    public const int MaxAnswer = 4096;

    /// <summary>
    /// Consumes at most one unit from the front of <paramref name="input"/> and writes what is to be said about it.
    /// Called with empty input first, so that a side that speaks first can say its greeting.
    /// </summary>
    /// <returns>
    /// <see cref="Verdict.NeedInput"/> with <c>Consumed == 0</c>: the unit is not whole yet. With
    /// <c>Consumed &gt; 0</c>: go on. Any other verdict ends the dialogue.
    /// </returns>
    public abstract Step Advance(ReadOnlySpan<byte> input, ref ByteWriter output);
}

/// <summary>What a negotiator (and its driver) decides after a unit.</summary>
public enum Verdict
{
    /// <summary>The dialogue goes on.</summary>
    NeedInput,

    /// <summary>Send the output, then nothing but TLS. Not one byte may be unread (S1, C4).</summary>
    StartTls,

    /// <summary>
    /// The client's first byte begins a TLS record, on a port that is for both (<see cref="Protocol.SharesPort"/>): all that is
    /// unread is TLS. Only before anything was consumed or said: TLS behind a dialogue begins with its own command.
    /// </summary>
    DirectTls,

    /// <summary>
    /// Send the output, then relay. What was not consumed belongs to the other side and goes through untouched.
    /// </summary>
    Relay,

    /// <summary>Send the output and close: the other side did what <see cref="Step.Refusal"/> says.</summary>
    Refuse,

    /// <summary>Send the output and close: the other side took its leave (QUIT, LOGOUT).</summary>
    Finished,
}

/// <summary>What came of one call: how many bytes were consumed, and what to do next.</summary>
public readonly record struct Step(int Consumed, Verdict Verdict, Refusal Refusal = Refusal.None)
{
    /// <summary>The unit is not whole yet.</summary>
    public static Step NeedInput => default;

    /// <summary>A unit of this length was answered; go on.</summary>
    public static Step Next(int consumed) => new(consumed, Verdict.NeedInput);

    public static Step StartTls(int consumed) => new(consumed, Verdict.StartTls);

    public static Step DirectTls => new(0, Verdict.DirectTls);

    public static Step Relay(int consumed) => new(consumed, Verdict.Relay);

    public static Step Refuse(int consumed, Refusal why) => new(consumed, Verdict.Refuse, why);

    public static Step Finished(int consumed) => new(consumed, Verdict.Finished);
}
