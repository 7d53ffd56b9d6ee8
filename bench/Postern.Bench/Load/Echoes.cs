namespace Postern.Bench.Load;

/// <summary>What became of the echoes of a schedule; nanoseconds, in the order in which they came back.</summary>
/// <param name="FromDue">From when each was due until the client had read it.</param>
/// <param name="OnTheWay">
/// Of each whose times are known (<see cref="Backends.StampedMessage"/>): to the backend and back, by the kernel's stamps.
/// </param>
internal sealed record Echoes(long[] FromDue, long[] OnTheWay);
