using Postern.Protocols;
using Postern.Protocols.ProxyProtocol;

namespace Postern.Fuzz;

/// <summary>The PROXY header reader in the shape of a negotiator, so that the same loop and the same invariants hold for it.</summary>
internal sealed class ProxyHeaderTarget : Negotiator
{
    public override Step Advance(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        ProxyHeaderResult result = ProxyHeaderReader.Read(input);
        return result.Status switch
        {
            ProxyHeaderStatus.NeedInput => Step.NeedInput,
            ProxyHeaderStatus.Parsed => Step.Relay(result.Consumed),
            _ => Step.Refuse(0, Refusal.BackendGarbage),
        };
    }
}
