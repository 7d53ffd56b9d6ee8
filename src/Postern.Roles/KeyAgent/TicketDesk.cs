using System.Buffers.Binary;
using System.Collections.Immutable;
using Postern.Interop.LibSsl.Tickets;

namespace Postern.Roles.KeyAgent;

/// <summary>
/// Derives session ticket keys, for now and for no other time: whoever takes a worker over gets what opens the tickets
/// of this slice and of the one before, and cannot ask for tomorrow's. Called by several threads; holds nothing that changes.
/// </summary>
/// <remarks>
/// A key depends on the secret, on everything that a session was admitted under (SessionPolicy), on the slice and its
/// length. Machines that share the secret and are configured alike derive the same (docs/adr/0010-ticket-keys.md).
/// </remarks>
public sealed class TicketDesk
{
    private static ReadOnlySpan<byte> Salt => "postern session ticket keys"u8;

    private readonly TicketSecret _secret;
    private readonly int _lifetime;
    private readonly ImmutableArray<ImmutableArray<byte[]>> _policies;
    private readonly TimeProvider _time;

    /// <param name="secret">The caller wipes it.</param>
    /// <param name="lifetime">Of a slice, in seconds.</param>
    /// <param name="policies">For each gate: of its own backend, then of each route.</param>
    /// <param name="time">Its own clock: what a worker says of the time is what it asks for.</param>
    public TicketDesk(ReadOnlySpan<byte> secret, int lifetime, ImmutableArray<ImmutableArray<byte[]>> policies, TimeProvider time)
    {
        _secret = new TicketSecret(secret, Salt);
        _lifetime = lifetime;
        _policies = policies;
        _time = time;
    }

    /// <param name="body">Of the request, behind its header.</param>
    /// <param name="keys">Where they go.</param>
    /// <param name="length">Of them; 0 unless it is done.</param>
    public AgentOutcome Give(ReadOnlySpan<byte> body, Span<byte> keys, out int length)
    {
        length = 0;
        if (!TicketRequest.TryRead(body, out TicketRequest request))
            return AgentOutcome.Malformed;
        if (request.Gate >= _policies.Length || request.Route + 1 >= _policies[request.Gate].Length)
            return AgentOutcome.UnknownGate;

        long now = _time.GetUtcNow().ToUnixTimeSeconds();
        if (request.Slice < TicketSlices.Oldest(now, _lifetime) || request.Slice > TicketSlices.Newest(now, _lifetime))
            return AgentOutcome.WrongSlice;

        ReadOnlySpan<byte> policy = _policies[request.Gate][request.Route + 1];
        Span<byte> info = stackalloc byte[policy.Length + sizeof(long) + sizeof(int)];
        policy.CopyTo(info);
        BinaryPrimitives.WriteInt64BigEndian(info[policy.Length..], request.Slice);
        BinaryPrimitives.WriteInt32BigEndian(info[(policy.Length + sizeof(long))..], _lifetime);
        if (!_secret.TryDerive(info, keys[..TicketKeySet.Size]))
            return AgentOutcome.Failed;

        length = TicketKeySet.Size;
        return AgentOutcome.Done;
    }
}
