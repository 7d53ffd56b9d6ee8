namespace Postern.Interop.LibSsl.Tickets;

/// <summary>Whoever derives the session ticket keys of a gate. A worker has no secret that they could be derived from.</summary>
public interface ITicketKeySource
{
    /// <summary>The keys of one slice. Called inside a handshake: must not throw.</summary>
    /// <param name="route">The route that the client took; −1 is the gate's own backend.</param>
    /// <param name="slice">See <see cref="TicketSlices"/>.</param>
    /// <param name="keys">Where they go, <see cref="TicketKeySet.Size"/> bytes.</param>
    /// <returns>False when there are none to be had now: the handshake goes on without a ticket.</returns>
    bool TryGet(int route, long slice, Span<byte> keys);
}
