using Postern.Interop.LibSsl.Tickets;
using Xunit;

namespace Postern.Interop.Tests;

/// <summary>
/// What a worker holds of ticket keys, with the time in the test's hand. Taken out: Forget in TicketKeys.Get (old keys
/// stay), _retryAt (a dead agent is asked in every handshake), the overlap in TicketSlices.
/// </summary>
public sealed class TicketKeysTests
{
    private const int Lifetime = 3600;
    private const long Start = 1_000 * Lifetime;

    private readonly Source _source = new();
    private readonly TicketKeys _keys;

    public TicketKeysTests() => _keys = new TicketKeys(_source, route: 4, Lifetime);

    [Fact]
    public void The_agent_is_asked_once_a_slice()
    {
        for (long now = Start; now < Start + (3 * Lifetime); now += 7)
            Assert.Equal(now / Lifetime, _keys.ToSeal(now)!.Slice);
        Assert.Equal([(4, 1000), (4, 1001), (4, 1002)], _source.Asked);
    }

    [Fact]
    public void A_ticket_opens_in_its_own_slice_and_in_the_next()
    {
        byte[] name = NameOf(1000);
        Assert.Equal(1000, _keys.ToOpen(name, Start)!.Slice);
        Assert.Equal(1000, _keys.ToOpen(name, Start + (2 * Lifetime) - 1)!.Slice);
        Assert.Null(_keys.ToOpen(name, Start + (2 * Lifetime)));
    }

    /// <summary>What a machine sealed whose clock is ahead.</summary>
    [Fact]
    public void A_ticket_of_the_next_slice_opens_in_the_last_seconds_of_this_one()
    {
        byte[] name = NameOf(1001);
        long end = Start + Lifetime;
        Assert.Null(_keys.ToOpen(name, end - TicketSlices.OverlapSeconds - 1));
        Assert.Equal(1001, _keys.ToOpen(name, end - TicketSlices.OverlapSeconds)!.Slice);
        Assert.Equal(1000, _keys.ToSeal(end - 1)!.Slice);
        Assert.Equal(1001, _keys.ToSeal(end)!.Slice);
        Assert.Equal(1, _source.Asked.Count(asked => asked.Slice == 1001));
    }

    [Fact]
    public void Tickets_of_nobody_cost_one_question_for_each_slice_that_is_good()
    {
        for (long now = Start; now < Start + Lifetime; now++)
            Assert.Null(_keys.ToOpen(new byte[TicketKeySet.NameLength], now));
        Assert.Equal([(4, 1000), (4, 999), (4, 1001)], _source.Asked);
    }

    [Fact]
    public void Old_keys_are_wiped()
    {
        TicketKeySet old = _keys.ToSeal(Start)!;
        _keys.Forget(Start + (2 * Lifetime) - 1);
        Assert.Contains(old.Bytes.ToArray(), one => one != 0);
        _keys.Forget(Start + (2 * Lifetime));
        Assert.All(old.Bytes.ToArray(), one => Assert.Equal(0, one));

        // In passing, when the next are asked for.
        old = _keys.ToSeal(Start)!;
        _ = _keys.ToSeal(Start + (5 * Lifetime));
        Assert.All(old.Bytes.ToArray(), one => Assert.Equal(0, one));
    }

    [Fact]
    public void Who_has_no_keys_is_asked_again_a_second_later_and_not_at_once()
    {
        _source.Away = true;
        for (int i = 0; i < 100; i++)
            Assert.Null(_keys.ToSeal(Start));
        _ = Assert.Single(_source.Asked);
        _source.Away = false;
        Assert.Null(_keys.ToSeal(Start));
        Assert.NotNull(_keys.ToSeal(Start + 1));
    }

    [Fact]
    public void While_the_agent_is_away_the_slice_before_still_seals()
    {
        _ = _keys.ToSeal(Start);
        _source.Away = true;
        Assert.Equal(1000, _keys.ToSeal(Start + Lifetime)!.Slice);
        Assert.Null(_keys.ToSeal(Start + (2 * Lifetime)));
    }

    [Fact]
    public void A_clock_that_is_set_back_ends_nothing()
    {
        _ = _keys.ToSeal(Start + (10 * Lifetime));
        Assert.Equal(1000, _keys.ToSeal(Start)!.Slice);
    }

    [Fact]
    public void A_clock_that_was_never_set_harms_nobody()
    {
        Assert.Null(_keys.ToOpen(new byte[TicketKeySet.NameLength - 1], 5));
        Assert.Equal(0, _keys.ToSeal(5)!.Slice);
    }

    /// <summary>RFC 5869, appendix A.1 and A.3.</summary>
    [Theory]
    [InlineData("000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9", "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")]
    [InlineData("", "", "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")]
    public void The_derivation_is_hkdf(string salt, string info, string expected)
    {
        var secret = new TicketSecret([.. Enumerable.Repeat((byte)0x0b, 22)], Convert.FromHexString(salt));
        byte[] output = new byte[expected.Length / 2];
        Assert.True(secret.TryDerive(Convert.FromHexString(info), output));
        Assert.Equal(expected, Convert.ToHexStringLower(output));
    }

    private static byte[] NameOf(long slice)
    {
        byte[] name = new byte[TicketKeySet.NameLength];
        Array.Fill(name, (byte)slice);
        return name;
    }

    /// <summary>Keys that show the slice they belong to.</summary>
    private sealed class Source : ITicketKeySource
    {
        public List<(int Route, long Slice)> Asked { get; } = [];

        public bool Away { get; set; }

        public bool TryGet(int route, long slice, Span<byte> keys)
        {
            Asked.Add((route, slice));
            keys.Fill((byte)slice);
            return !Away;
        }
    }
}
