using Postern.Interop.LibSsl.Tickets;

namespace Postern.Engine.Tests.Rig;

/// <summary>Ticket keys without a key agent: from a secret, whatever the time that is asked for.</summary>
internal sealed class SecretTickets(byte[] secret) : ITicketKeySource
{
    private readonly TicketSecret _secret = new(secret, []);

    /// <summary>There are none to be had.</summary>
    public bool Away { get; init; }

    public bool TryGet(int route, long slice, Span<byte> keys) =>
        !Away && _secret.TryDerive([.. BitConverter.GetBytes(route), .. BitConverter.GetBytes(slice)], keys);
}
