using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using CsCheck;
using Postern.Interop.LibSsl.KeySchedule;
using Xunit;

namespace Postern.Interop.Tests;

/// <summary>The key schedule of TLS 1.3, against RFC 8448's trace and against .NET's own HKDF.</summary>
public sealed class KeyScheduleTests
{
    /// <summary>RFC 8448 §3: the simple 1-RTT handshake.</summary>
    [Fact]
    public void The_secrets_of_RFC_8448_come_out()
    {
        byte[] early = new byte[32], handshake = new byte[32], master = new byte[32], key = new byte[16], iv = new byte[12];
        Assert.True(Hkdf.TryNextSecret(ScheduleHash.Sha256, [], [], "tls13 "u8, "derived"u8, early));
        Assert.Equal("33ad0a1c607ec03b09e6cd9893680ce210adf300aa1f2660e1b22e10f170f92a", Convert.ToHexStringLower(early));

        byte[] shared = Convert.FromHexString("8bd4054fb55b9d63fdfbacf9f04b9f0d35e6d63f537563efd46272900f89492d");
        Assert.True(Hkdf.TryNextSecret(ScheduleHash.Sha256, early, shared, "tls13 "u8, "derived"u8, handshake));
        Assert.Equal("1dc826e93606aa6fdc0aadc12f741b01046aa6b99f691ed221a9f0ca043fbeac", Convert.ToHexStringLower(handshake));

        Assert.True(Hkdf.TryNextSecret(ScheduleHash.Sha256, handshake, [], "tls13 "u8, "derived"u8, master));
        Assert.Equal("18df06843d13a08bf2a449844c5f8a478001bc4d4c627984d5a41da8d0402919", Convert.ToHexStringLower(master));

        byte[] traffic = Convert.FromHexString("b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38");
        Assert.True(Hkdf.TryExpandLabel(ScheduleHash.Sha256, traffic, "tls13 "u8, "key"u8, [], key));
        Assert.True(Hkdf.TryExpandLabel(ScheduleHash.Sha256, traffic, "tls13 "u8, "iv"u8, [], iv));
        Assert.Equal("3fce516009c21727d0f2e4e86ee403bc", Convert.ToHexStringLower(key));
        Assert.Equal("5d313eb2671276ee13000b30", Convert.ToHexStringLower(iv));
    }

    [Fact]
    public void Any_expansion_is_what_another_implementation_has() => Gen.Select(
        Gen.Bool, Gen.Byte.Array[48], Gen.Byte.Array[0, 60], Gen.Byte.Array[0, 60], Gen.Int[1, 48]).Sample((sha384, secret, label, context, length) =>
    {
        (ScheduleHash hash, HashAlgorithmName name, int digest) = sha384 ? (ScheduleHash.Sha384, HashAlgorithmName.SHA384, 48) : (ScheduleHash.Sha256, HashAlgorithmName.SHA256, 32);
        byte[] output = new byte[Math.Min(length, digest)];
        secret = secret[..digest];
        byte[] size = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(size, (ushort)output.Length);
        byte[] info = [.. size, (byte)(6 + label.Length), .. "tls13 "u8, .. label, (byte)context.Length, .. context];
        return Hkdf.TryExpandLabel(hash, secret, "tls13 "u8, label, context, output)
            && output.AsSpan().SequenceEqual(HKDF.Expand(name, secret, output.Length, info));
    });

    [Fact]
    public void Any_extraction_is_too() => Gen.Select(Gen.Bool, Gen.Byte.Array[48], Gen.Byte.Array[0, 200]).Sample((sha384, previous, incoming) =>
    {
        (ScheduleHash hash, HashAlgorithmName name, int digest) = sha384 ? (ScheduleHash.Sha384, HashAlgorithmName.SHA384, 48) : (ScheduleHash.Sha256, HashAlgorithmName.SHA256, 32);
        previous = previous[..digest];
        byte[] output = new byte[digest];
        byte[] nothing = sha384 ? SHA384.HashData([]) : SHA256.HashData([]);
        byte[] salt = HKDF.Expand(name, previous, digest, [0, (byte)digest, 13, .. "tls13 derived"u8, (byte)digest, .. nothing]);
        byte[] expected = HKDF.Extract(name, incoming.Length == 0 ? new byte[digest] : incoming, salt);
        return Hkdf.TryNextSecret(hash, previous, incoming, "tls13 "u8, "derived"u8, output) && output.AsSpan().SequenceEqual(expected);
    });

    [Theory]
    [InlineData(256, 0, 32)]
    [InlineData(250, 0, 32)]
    [InlineData(5, 256, 32)]
    [InlineData(5, 0, 33)]
    public void What_is_too_long_is_refused(int label, int context, int output) => Assert.False(
        Hkdf.TryExpandLabel(ScheduleHash.Sha256, new byte[32], "tls13 "u8, new byte[label], new byte[context], new byte[output]));

    [Fact]
    public void There_is_room_for_the_state_of_both_hashes() => Assert.Equal(216, Marshal.SizeOf<Hmac.State>());
}
