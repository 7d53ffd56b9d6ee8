using System.Collections.Immutable;
using Postern.Interop.LibSsl.Tickets;
using Postern.Roles.KeyAgent;
using Xunit;

namespace Postern.Roles.Tests;

/// <summary>
/// Which ticket keys the key agent gives. Taken out: the look at the slice in TicketDesk.Give (a stolen worker then asks
/// for those of next year), the policy in the derivation.
/// </summary>
public sealed class TicketDeskTests
{
    private const int Lifetime = 60;
    private const long Minute = 30_000_000;

    private readonly Clock _clock = new();

    [Theory]
    [InlineData(30, 0, AgentOutcome.Done)]
    [InlineData(30, -1, AgentOutcome.Done)]
    [InlineData(30, 1, AgentOutcome.WrongSlice)]
    [InlineData(30, -2, AgentOutcome.WrongSlice)]
    [InlineData(39, 1, AgentOutcome.WrongSlice)]
    [InlineData(40, 1, AgentOutcome.Done)]
    [InlineData(59, 1, AgentOutcome.Done)]
    [InlineData(59, 2, AgentOutcome.WrongSlice)]
    [InlineData(0, -2, AgentOutcome.Done)]
    [InlineData(19, -2, AgentOutcome.Done)]
    [InlineData(20, -2, AgentOutcome.WrongSlice)]
    [InlineData(0, -3, AgentOutcome.WrongSlice)]
    [InlineData(30, 525_600, AgentOutcome.WrongSlice)]
    [InlineData(30, -30_000_001, AgentOutcome.WrongSlice)]
    public void Keys_are_of_now(int second, long slice, AgentOutcome outcome)
    {
        _clock.Seconds = (Minute * Lifetime) + second;
        Assert.Equal(outcome, Ask(Desk([1]), 0, -1, Minute + slice, out byte[] keys));
        Assert.Equal(outcome == AgentOutcome.Done ? TicketKeySet.Size : 0, keys.Length);
    }

    [Theory]
    [InlineData(0, 1, AgentOutcome.UnknownGate)]
    [InlineData(1, -1, AgentOutcome.UnknownGate)]
    [InlineData(2, -1, AgentOutcome.UnknownGate)]
    [InlineData(65535, -1, AgentOutcome.UnknownGate)]
    [InlineData(0, 65534, AgentOutcome.UnknownGate)]
    [InlineData(0, 0, AgentOutcome.Done)]
    public void Of_gates_and_routes_that_exist(int gate, int route, AgentOutcome outcome)
    {
        TicketDesk desk = new([1], Lifetime, [[new byte[32], new byte[32]], []], _clock);
        Assert.Equal(outcome, Ask(desk, gate, route, Minute, out _));
    }

    [Theory]
    [InlineData(11)]
    [InlineData(13)]
    [InlineData(0)]
    public void No_request_at_all(int length) =>
        Assert.Equal(AgentOutcome.Malformed, Desk([1]).Give(new byte[length], new byte[512], out _));

    [Fact]
    public void Machines_with_one_secret_agree_and_nothing_else_does()
    {
        byte[] keys = Keys(Desk([1]), Minute);
        Assert.Equal(keys, Keys(Desk([1]), Minute));
        byte[][] others =
        [
            Keys(Desk([2]), Minute),
            Keys(Desk([1]), Minute - 1),
            Keys(new TicketDesk([1], Lifetime, [[new byte[31]]], _clock), Minute),
            Keys(new TicketDesk([1], Lifetime, [[[.. new byte[31], 1]]], _clock), Minute),
        ];
        Assert.All(others, other => Assert.NotEqual(keys, other));

        // The name, the cipher's key and the MAC's are three things.
        Assert.Equal(3, new[] { keys[..16], keys[16..32], keys[48..64] }.Select(Convert.ToHexString).Distinct().Count());
    }

    [Fact]
    public void The_length_of_a_slice_is_in_its_keys()
    {
        _clock.Seconds = 0;
        Assert.NotEqual(
            Keys(new TicketDesk([1], 60, [[new byte[32]]], _clock), 0),
            Keys(new TicketDesk([1], 120, [[new byte[32]]], _clock), 0));
    }

    private TicketDesk Desk(byte[] secret) => new(secret, Lifetime, [[new byte[32]]], _clock);

    private static byte[] Keys(TicketDesk desk, long slice)
    {
        Assert.Equal(AgentOutcome.Done, Ask(desk, 0, -1, slice, out byte[] keys));
        return keys;
    }

    private static AgentOutcome Ask(TicketDesk desk, int gate, int route, long slice, out byte[] keys)
    {
        byte[] body = new byte[TicketRequest.Size], room = new byte[AgentRequest.MaxAnswer];
        new TicketRequest(gate, route, slice).Write(body);
        AgentOutcome outcome = desk.Give(body, room, out int length);
        keys = room[..length];
        return outcome;
    }

    private sealed class Clock : TimeProvider
    {
        public long Seconds { get; set; } = (Minute * Lifetime) + 30;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeSeconds(Seconds);
    }
}
