using System.Formats.Asn1;
using System.Numerics;
using CsCheck;
using Postern.Interop.Pkcs11;
using Xunit;

namespace Postern.Interop.Tests;

/// <summary>r and s of a token become the DER that TLS sends. Taken out: the zero before a first bit that is set, the zeros that go.</summary>
public sealed class EcdsaSignatureTests
{
    [Fact]
    public void A_strict_reader_finds_the_same_numbers() => Numbers().Sample(
        numbers =>
        {
            byte[] der = new byte[EcdsaSignature.MaxSize];
            int length = EcdsaSignature.ToDer(numbers, der);
            var reader = new AsnReader(der.AsMemory(0, length), AsnEncodingRules.DER);
            AsnReader sequence = reader.ReadSequence();
            int half = numbers.Length / 2;
            Assert.Equal(new BigInteger(numbers.AsSpan(0, half), isUnsigned: true, isBigEndian: true), sequence.ReadInteger());
            Assert.Equal(new BigInteger(numbers.AsSpan(half), isUnsigned: true, isBigEndian: true), sequence.ReadInteger());
            sequence.ThrowIfNotEmpty();
            reader.ThrowIfNotEmpty();
        },
        iter: 20_000);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(134)]
    public void What_is_no_two_numbers_is_none(int length) =>
        Assert.Equal(0, EcdsaSignature.ToDer(new byte[length], new byte[300]));

    [Fact]
    public void Nothing_is_written_where_there_is_no_room() =>
        Assert.Equal(0, EcdsaSignature.ToDer([.. Enumerable.Repeat((byte)0xff, 64)], new byte[71]));

    // Of the lengths of the curves, with many zeros and set first bits among the bytes.
    private static Gen<byte[]> Numbers()
    {
        Gen<byte> letter = Gen.Frequency((1, Gen.Const((byte)0)), (1, Gen.Const((byte)0x80)), (3, Gen.Byte));
        return Gen.OneOf(Gen.Const(32), Gen.Const(48), Gen.Const(66)).SelectMany(size => Gen.Select(letter.Array[2 * size], Gen.Int[0, size], Gen.Int[0, size], (bytes, r, s) =>
        {
            bytes.AsSpan(0, r).Clear();
            bytes.AsSpan(size, s).Clear();
            return bytes;
        }));
    }
}
