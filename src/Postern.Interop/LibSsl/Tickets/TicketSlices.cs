namespace Postern.Interop.LibSsl.Tickets;

/// <summary>
/// Time in slices, each of which has ticket keys of its own: the slice that a moment (seconds of the Unix epoch) lies in
/// is the same on every machine whose clock is right.
/// </summary>
public static class TicketSlices
{
    /// <summary>
    /// How far the clocks of machines that share a secret may be apart. In the last seconds of a slice the keys of the
    /// next are good already, for what a machine sealed whose clock is ahead.
    /// </summary>
    public const int OverlapSeconds = 20;

    /// <summary>The slice before the current one, the current one, and the next within the overlap.</summary>
    public const int AtOnce = 3;

    public static long At(long now, int lifetime) => now / lifetime;

    /// <summary>The newest slice whose keys are good at this moment.</summary>
    public static long Newest(long now, int lifetime) => At(now + OverlapSeconds, lifetime);

    /// <summary>
    /// The oldest. The overlap is there too: who asked for it a moment before the slice ended must not be refused a
    /// moment after.
    /// </summary>
    public static long Oldest(long now, int lifetime) => At(now - OverlapSeconds, lifetime) - 1;
}
