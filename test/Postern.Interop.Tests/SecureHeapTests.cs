using Postern.Interop.LibSsl.Certificates;
using Postern.Interop.LibSsl.Keys;
using Xunit;

namespace Postern.Interop.Tests;

public sealed class SecureHeapTests
{
    /// <summary>What OpenSSL 3.0 takes of its secure heap for a key, as CRYPTO_secure_used says behind reading one.</summary>
    [Theory]
    [InlineData(KeyKind.Rsa, 2048, 896)]
    [InlineData(KeyKind.Rsa, 3072, 1792)]
    [InlineData(KeyKind.Rsa, 4096, 1792)]
    [InlineData(KeyKind.Ec, 256, 32)]
    [InlineData(KeyKind.Ec, 384, 64)]
    [InlineData(KeyKind.Ec, 521, 128)]
    [InlineData(KeyKind.Ed25519, 256, 32)]
    public void A_key_takes_whole_blocks(KeyKind kind, int bits, int bytes) => Assert.Equal(bytes, SecureHeap.BytesOf(kind, bits));

    [Theory]
    [InlineData(0, 128)]
    [InlineData(1, 256)]
    [InlineData(73, 256)]
    [InlineData(74, 512)]
    [InlineData(1000, 2048)]
    public void The_size_is_a_power_of_two_with_room_to_sign(int keys, int kilobytes) =>
        Assert.Equal(kilobytes * 1024L, SecureHeap.SizeFor(Enumerable.Repeat((KeyKind.Rsa, 4096), keys)));
}
