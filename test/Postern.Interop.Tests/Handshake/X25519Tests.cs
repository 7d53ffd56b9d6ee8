using CsCheck;
using Postern.Interop.LibSsl.Handshake;
using Xunit;

namespace Postern.Interop.Tests.Handshake;

/// <summary>RFC 7748's examples, and that both sides always agree.</summary>
public sealed class X25519Tests
{
    /// <summary>§5.2: the first two products and the one after a thousand rounds.</summary>
    [Fact]
    public void Products_are_those_of_RFC_7748()
    {
        Assert.Equal(
            "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
            Product("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4", "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"));
        Assert.Equal(
            "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
            Product("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d", "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493"));

        string scalar = "0900000000000000000000000000000000000000000000000000000000000000", point = scalar;
        for (int i = 0; i < 1000; i++)
            (scalar, point) = (Product(scalar, point), scalar);
        Assert.Equal("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51", scalar);
    }

    /// <summary>§6.1: Alice's share and Bob's, and what they agree on.</summary>
    [Fact]
    public void Shares_and_the_secret_are_those_of_RFC_7748()
    {
        const string basePoint = "0900000000000000000000000000000000000000000000000000000000000000";
        const string alice = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
        const string bob = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";
        const string ofAlice = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
        const string ofBob = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
        const string secret = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
        Assert.Equal(ofAlice, Product(alice, basePoint));
        Assert.Equal(ofBob, Product(bob, basePoint));
        Assert.Equal(secret, Product(alice, ofBob));
        Assert.Equal(secret, Product(bob, ofAlice));
    }

    /// <summary>§6.1: "the all-zero value [...] MUST abort": points of a small order make one, whatever the scalar.</summary>
    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    public void Points_of_a_small_order_agree_on_nothing(string point)
    {
        byte[] scalar = new byte[32], share = new byte[32];
        Assert.True(X25519.TryGenerate(scalar, share));
        Assert.False(X25519.TryAgree(scalar, Convert.FromHexString(point), new byte[32]));
    }

    [Fact]
    public void Both_sides_agree() => Gen.Int[1, 50].Sample(_ =>
    {
        byte[] ours = new byte[32], theirs = new byte[32], ourShare = new byte[32], theirShare = new byte[32], one = new byte[32], other = new byte[32];
        return X25519.TryGenerate(ours, ourShare) && X25519.TryGenerate(theirs, theirShare)
            && X25519.TryAgree(ours, theirShare, one) && X25519.TryAgree(theirs, ourShare, other)
            && one.AsSpan().SequenceEqual(other) && !ours.AsSpan().SequenceEqual(theirs);
    });

    private static string Product(string scalar, string point)
    {
        byte[] product = new byte[X25519.Length];
        Assert.True(X25519.TryAgree(Convert.FromHexString(scalar), Convert.FromHexString(point), product));
        return Convert.ToHexStringLower(product);
    }
}
