using System.Buffers;

namespace Postern.Protocols;

/// <summary>A negotiator facing a backend, which can say what a refusing backend said.</summary>
public abstract class BackNegotiator : Negotiator
{
    /// <summary>What may be passed on of a backend's words: printable ASCII and line ends.</summary>
    private protected static readonly SearchValues<byte> Printable =
        SearchValues.Create([(byte)'\r', (byte)'\n', .. Enumerable.Range(0x20, 0x5f).Select(value => (byte)value)]);

    /// <summary>
    /// After a refusal by the backend (421, 554, BYE, -ERR): writes what it said, as the answer to the client's
    /// <paramref name="command"/>. False when there is nothing fit to be passed on; say
    /// <see cref="Unavailable.BadBackend"/> then.
    /// </summary>
    public abstract bool TryWriteRefusal(ReadOnlySpan<byte> command, ref ByteWriter output);
}
