using Postern.Interop.LibSsl.Tickets;

namespace Postern.Roles.Worker;

/// <summary>The session ticket keys of one gate, which the key agent derives.</summary>
internal sealed class GateTickets(KeyAgentLink agent, int gate) : ITicketKeySource
{
    public bool TryGet(int route, long slice, Span<byte> keys) => agent.TicketKeys(gate, Math.Max(route, -1), slice, keys);
}
