namespace Postern.Interop.LibSsl.Tickets;

/// <summary>
/// The session ticket keys of one gate and route, as far as they are held: those of the current slice, the one before,
/// and, at the edge, the next. Each is asked for once.
/// </summary>
/// <remarks>
/// RFC 5077 §4 and RFC 8446 §4.6.1 leave the format to the server. A ticket key is worth an impersonation towards
/// resuming clients while it lives: hence the slices, and hence none is kept longer than it opens tickets.
/// </remarks>
public sealed class TicketKeys(ITicketKeySource source, int route, int lifetime)
{
    /// <summary>Where there were no keys to be had, nobody is asked again for so long: a handshake must not wait for a dead agent each time.</summary>
    private const int RetrySeconds = 1;

    /// <summary>A slice has the place of its number.</summary>
    private readonly TicketKeySet?[] _held = new TicketKeySet?[TicketSlices.AtOnce];
    private long _retryAt;

    /// <summary>The keys to seal with at this time: the current slice's; where those are not to be had, the newest that is held. Null: none.</summary>
    public TicketKeySet? ToSeal(long now)
    {
        long slice = TicketSlices.At(now, lifetime);
        return Get(slice, now) ?? Held(slice - 1);
    }

    /// <summary>The keys that sealed a ticket of this name, or null: another gate's, too old, or nobody's.</summary>
    public TicketKeySet? ToOpen(ReadOnlySpan<byte> name, long now)
    {
        long slice = TicketSlices.At(now, lifetime);
        if (Named(Get(slice, now), name) is { } current)
            return current;
        if (Named(Get(slice - 1, now), name) is { } previous)
            return previous;

        long next = TicketSlices.Newest(now, lifetime);
        return next == slice ? null : Named(Get(next, now), name);
    }

    /// <summary>Wipes those that open nothing any more.</summary>
    public void Forget(long now)
    {
        long slice = TicketSlices.At(now, lifetime);
        foreach (ref TicketKeySet? held in _held.AsSpan())
        {
            if (held is null || Math.Abs(held.Slice - slice) <= 1)
                continue;

            held.Wipe();
            held = null;
        }
    }

    private static TicketKeySet? Named(TicketKeySet? keys, ReadOnlySpan<byte> name) =>
        keys is not null && name.SequenceEqual(keys.Name) ? keys : null;

    private TicketKeySet? Held(long slice) => _held[Place(slice)] is { } held && held.Slice == slice ? held : null;

    private TicketKeySet? Get(long slice, long now)
    {
        if (Held(slice) is { } held)
            return held;

        // A clock that was set back must not end tickets for as long as it was ahead.
        if (now < _retryAt && _retryAt - now <= RetrySeconds)
            return null;

        Forget(now);
        var fresh = new TicketKeySet(slice);
        if (!source.TryGet(route, slice, fresh.Bytes))
        {
            _retryAt = now + RetrySeconds;
            return null;
        }

        _held[Place(slice)]?.Wipe();
        _held[Place(slice)] = fresh;
        return fresh;
    }

    /// <summary>Never negative: a clock that was not set begins in 1970, and the slice before that has a place as well.</summary>
    private static int Place(long slice) => (int)((slice % TicketSlices.AtOnce) + TicketSlices.AtOnce) % TicketSlices.AtOnce;
}
