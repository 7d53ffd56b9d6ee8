using System.Net;
using System.Text;
using CsCheck;
using Postern.Protocols.ProxyProtocol;
using Xunit;

namespace Postern.Protocols.Tests;

/// <summary>PROXY headers, version 1 and 2, in and out.</summary>
public sealed class ProxyHeaderTests
{
    private static readonly Gen<ProxyAddress> s_four = Gen.Select(Gen.Byte.Array[4], Gen.UShort, (address, port) => new ProxyAddress(address, port));
    private static readonly Gen<ProxyAddress> s_six = Gen.Select(Gen.Byte.Array[16], Gen.UShort, (address, port) => new ProxyAddress(address, port));

    [Fact]
    public void What_is_written_is_read_back() =>
        Gen.Select(Gen.OneOf(Gen.Select(s_four, s_four), Gen.Select(s_six, s_six)), Gen.Bool, Gen.Byte.Array[0, 50]).Sample((pair, second, behind) =>
        {
            byte[] header = Write(new ProxyHeaderFacts { Source = pair.Item1, Destination = pair.Item2, TlsVersion = "TLSv1.3", Cipher = "X", ServerName = "a.example", Alpn = "imap", ChannelBinding = new byte[32] }, second);
            ProxyHeaderResult result = ProxyHeaderReader.Read([.. header, .. behind]);
            Assert.Equal(ProxyHeaderStatus.Parsed, result.Status);
            Assert.Equal(header.Length, result.Consumed);
            Assert.True(result.HasAddresses);
            Assert.Equal(pair.Item1.Bytes, result.Source.Bytes);
            Assert.Equal(pair.Item1.Port, result.Source.Port);
            Assert.Equal(pair.Item2.Bytes, result.Destination.Bytes);
            Assert.Equal(pair.Item2.Port, result.Destination.Port);
            for (int length = 0; length < header.Length; length++)
                Assert.Equal(ProxyHeaderStatus.NeedInput, ProxyHeaderReader.Read(header.AsSpan(0, length)).Status);
        });

    [Fact]
    public void Any_bytes_are_read_without_an_exception() =>
        Gen.Select(Gen.Int[0, 2], Gen.Byte.Array[0, 200]).Sample((kind, bytes) =>
        {
            byte[] input = kind switch
            {
                0 => bytes,
                1 => [.. "PROXY "u8, .. bytes],
                _ => [.. "\r\n\r\n\0\r\nQUIT\n"u8, .. bytes],
            };
            ProxyHeaderResult result = ProxyHeaderReader.Read(input);
            Assert.True(result.Consumed <= input.Length);
            Assert.Equal(result.Status == ProxyHeaderStatus.Invalid, result.Reason is not null);
        });

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 1 2\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 1 2\r\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 1\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 1 2 3\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1  198.51.100.1 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 1 2 \r\n")]
    [InlineData("PROXY TCP4 192.0.2.01 198.51.100.1 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2 198.51.100.1 1 2\r\n")]
    [InlineData("PROXY TCP4 0xc0.0.2.1 198.51.100.1 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.256 198.51.100.1 1 2\r\n")]
    [InlineData("PROXY TCP4 2001:db8::1 198.51.100.1 1 2\r\n")]
    [InlineData("PROXY TCP6 192.0.2.1 198.51.100.1 1 2\r\n")]
    [InlineData("PROXY TCP6 fe80::1%1 2001:db8::1 1 2\r\n")]
    [InlineData("PROXY TCP6 [2001:db8::1] 2001:db8::1 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 65536 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 01 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 -1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 +1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 1 \r\n")]
    [InlineData("PROXY tcp4 192.0.2.1 198.51.100.1 1 2\r\n")]
    [InlineData("PROXY UDP4 192.0.2.1 198.51.100.1 1 2\r\n")]
    [InlineData("PROXY UNKNOWNX\r\n")]
    [InlineData("PROXY \r\n")]
    [InlineData("proxy TCP4 192.0.2.1 198.51.100.1 1 2\r\n")]
    [InlineData("EHLO client.example\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 1 2\0\r\n")]
    public void A_broken_first_version_is_refused(string header) =>
        Assert.Equal(ProxyHeaderStatus.Invalid, ProxyHeaderReader.Read(Encoding.Latin1.GetBytes(header)).Status);

    [Fact]
    public void A_first_version_without_end_is_refused() =>
        Assert.Equal(ProxyHeaderStatus.Invalid, ProxyHeaderReader.Read(Encoding.ASCII.GetBytes("PROXY UNKNOWN " + new string('x', 200))).Status);

    [Fact]
    public void Unknown_has_no_addresses_and_hides_nothing_behind_it()
    {
        ProxyHeaderResult result = ProxyHeaderReader.Read("PROXY UNKNOWN ff ee 1 2\r\nEHLO"u8);
        Assert.Equal((ProxyHeaderStatus.Parsed, 25, false), (result.Status, result.Consumed, result.HasAddresses));
    }

    [Theory]
    [InlineData(12, 0x31)] // version 3
    [InlineData(12, 0x22)] // an unknown command
    [InlineData(15, 0x05)] // too short for its addresses
    [InlineData(28, 0xff)] // a TLV's type, whose length is then another's
    public void A_broken_second_version_is_refused(int at, byte value)
    {
        byte[] header = Write(new ProxyHeaderFacts { Source = Four(1), Destination = Four(2), ServerName = "a" }, second: true);
        header[at] = value;
        if (at == 28)
            header[29] = 0xff;
        Assert.Equal(ProxyHeaderStatus.Invalid, ProxyHeaderReader.Read(header).Status);
    }

    [Fact]
    public void A_checksum_must_hold()
    {
        byte[] header = [.. "\r\n\r\n\0\r\nQUIT\n"u8, 0x21, 0x11, 0, 19, 192, 0, 2, 1, 198, 51, 100, 1, 0, 1, 0, 2, 3, 0, 4, 0, 0, 0, 0];
        uint crc = uint.MaxValue;
        foreach (byte value in header)
            crc = System.Numerics.BitOperations.Crc32C(crc, value);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(31), ~crc);
        Assert.Equal(ProxyHeaderStatus.Parsed, ProxyHeaderReader.Read(header).Status);
        header[17] ^= 1;
        Assert.Equal(ProxyHeaderStatus.Invalid, ProxyHeaderReader.Read(header).Status);
    }

    [Fact]
    public void Local_is_a_health_check()
    {
        var output = new ByteWriter(new byte[64]);
        ProxyHeaderWriter.WriteV2Local(ref output);
        ProxyHeaderResult result = ProxyHeaderReader.Read(output.Written);
        Assert.Equal((ProxyHeaderStatus.Parsed, 16, false), (result.Status, result.Consumed, result.HasAddresses));
    }

    [Theory]
    [InlineData(0x11, 0)] // too short for its family, which is ignored
    [InlineData(0x11, 12)]
    [InlineData(0x00, 5)] // no TLV either
    [InlineData(0xff, 40)]
    public void Local_is_taken_whatever_else_it_says(byte family, byte length)
    {
        byte[] header = [.. Version2(0x20, family, [.. Enumerable.Repeat((byte)0xff, length)]), .. "EHLO"u8];
        ProxyHeaderResult result = ProxyHeaderReader.Read(header);
        Assert.Equal((ProxyHeaderStatus.Parsed, 16 + length, false), (result.Status, result.Consumed, result.HasAddresses));
    }

    [Theory]
    [InlineData(0x00, 0)]
    [InlineData(0x12, 12)] // UDP
    [InlineData(0x22, 36)]
    [InlineData(0x31, 216)] // unix sockets
    [InlineData(0x32, 216)]
    public void Families_without_a_tcp_client_are_read_over(byte family, int addresses)
    {
        // What stands in place of the addresses is no TLV; one stands behind them.
        byte[] body = [.. Enumerable.Repeat((byte)0xff, addresses), 0x04, 0, 1, 0];
        ProxyHeaderResult result = ProxyHeaderReader.Read(Version2(0x21, family, body));
        Assert.Equal((ProxyHeaderStatus.Parsed, 16 + body.Length, false), (result.Status, result.Consumed, result.HasAddresses));
        if (addresses > 0)
            Assert.Equal(ProxyHeaderStatus.Invalid, ProxyHeaderReader.Read(Version2(0x21, family, body[..(addresses - 1)])).Status);
    }

    [Theory]
    [InlineData(0x01)]
    [InlineData(0x10)]
    [InlineData(0x13)]
    [InlineData(0x41)]
    [InlineData(0xff)]
    public void Unknown_families_are_refused(byte family) =>
        Assert.Equal(ProxyHeaderStatus.Invalid, ProxyHeaderReader.Read(Version2(0x21, family, new byte[12])).Status);

    [Fact]
    public void A_client_of_a_unix_socket_is_local_with_tlvs()
    {
        byte[] header = Write(new ProxyHeaderFacts { TlsVersion = "TLSv1.3", ServerName = "mail.example.org" }, second: true);
        Assert.Equal([0x20, 0x00], header[12..14]);
        Assert.Contains("TLSv1.3", Encoding.Latin1.GetString(header), StringComparison.Ordinal);
        ProxyHeaderResult result = ProxyHeaderReader.Read(header);
        Assert.Equal((ProxyHeaderStatus.Parsed, header.Length, false), (result.Status, result.Consumed, result.HasAddresses));
        Assert.Equal("PROXY UNKNOWN\r\n", Encoding.ASCII.GetString(Write(new ProxyHeaderFacts(), second: false)));
    }

    [Theory]
    [InlineData("smtp", 400, true, true)]
    [InlineData("smtp", 1000, false, true)]
    [InlineData("imap", 1000, true, true)]
    [InlineData("imap", 1500, false, true)]
    [InlineData("tcp", 6000, true, true)]
    [InlineData("tcp", 9000, false, true)]
    public void A_certificate_that_makes_the_header_too_long_is_left_out(string protocol, int size, bool certificate, bool name)
    {
        byte[] der = new byte[size];
        der[0] = 0x30;
        string text = Encoding.Latin1.GetString(Write(
            new ProxyHeaderFacts { Source = Four(1), Destination = Four(2), TlsVersion = "TLSv1.3", ClientCertificate = der, CommonName = "alice", Verified = true },
            second: true,
            ProtocolList.Find(protocol)!.MaxProxyHeader));
        Assert.Equal(certificate, text.Contains(Encoding.Latin1.GetString(der), StringComparison.Ordinal));
        Assert.Equal(name, text.Contains("\x22\0\u0005alice", StringComparison.Ordinal));

        // That there was a certificate, and that it was verified, is said even so.
        Assert.Contains("\x07\0\0\0\0\x21", text, StringComparison.Ordinal);
    }

    [Fact]
    public void No_header_is_longer_than_its_protocol_allows() =>
        Gen.Select(Gen.Int[0, ProtocolList.All.Length - 1].Select(index => ProtocolList.All[index]), Gen.OneOf(s_four, s_six), Gen.String[0, 300], Gen.String[0, 300], Gen.Int[0, 70_000], Gen.Bool)
            .Sample((protocol, address, name, server, certificate, verified) =>
            {
                byte[] header = Write(
                    new ProxyHeaderFacts
                    {
                        Source = address, Destination = address, TlsVersion = "TLSv1.3", Cipher = "ECDHE-ECDSA-CHACHA20-POLY1305", CommonName = name,
                        ServerName = server, Alpn = server, ClientCertificate = new byte[certificate], Verified = verified, ChannelBinding = new byte[32],
                    },
                    second: true,
                    protocol.MaxProxyHeader);
                Assert.True(header.Length <= protocol.MaxProxyHeader);
                ProxyHeaderResult result = ProxyHeaderReader.Read(header);
                Assert.Equal((ProxyHeaderStatus.Parsed, header.Length, true), (result.Status, result.Consumed, result.HasAddresses));
            });

    [Theory]
    [InlineData("alice", true, true)]
    [InlineData("alice", false, false)] // nobody has signed it
    [InlineData("admin\0.example", true, false)] // to a receiver in C: admin
    [InlineData("admin\r\n", true, false)]
    [InlineData("admin\ufffd", true, false)]
    public void A_common_name_is_said_whole_and_verified_or_not_at_all(string name, bool verified, bool said)
    {
        byte[] header = Write(
            new ProxyHeaderFacts { Source = Four(1), Destination = Four(2), TlsVersion = "TLSv1.3", ClientCertificate = new byte[] { 0x30, 0x00 }, CommonName = name, Verified = verified },
            second: true);
        Assert.Equal(said, header.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x22, 0, (byte)Encoding.UTF8.GetByteCount(name)]) >= 0);
        Assert.Equal(said, header.AsSpan().IndexOf(Encoding.UTF8.GetBytes(name[..5])) >= 0);
    }

    [Fact]
    public void A_name_that_is_too_long_is_not_cut()
    {
        byte[] header = Write(
            new ProxyHeaderFacts
            {
                Source = Four(1), Destination = Four(2), TlsVersion = "TLSv1.3", ClientCertificate = new byte[] { 0x30, 0x00 }, Verified = true,
                CommonName = new string('n', 65), ServerName = new string('s', 256),
            },
            second: true);
        Assert.Equal(-1, header.AsSpan().IndexOfAny((byte)'n', (byte)'s'));
    }

    [Fact]
    public void Tlvs_say_what_tls_knows()
    {
        byte[] header = Write(
            new ProxyHeaderFacts
            {
                Source = Four(1), Destination = Four(2), TlsVersion = "TLSv1.3", Cipher = "TLS_AES_256_GCM_SHA384", ServerName = "mail.example.org",
                Alpn = "imap", ClientCertificate = new byte[] { 0x30, 0x00 }, CommonName = "alice", Verified = true, ChannelBinding = new byte[32],
            },
            second: true);
        string text = Encoding.Latin1.GetString(header);
        Assert.Contains("\x01\0\x04imap", text, StringComparison.Ordinal);
        Assert.Contains("\x02\0\x10mail.example.org", text, StringComparison.Ordinal);
        Assert.Contains("\x07\0\0\0\0\x21\0\x07TLSv1.3", text, StringComparison.Ordinal);
        Assert.Contains("\x23\0\x16TLS_AES_256_GCM_SHA384", text, StringComparison.Ordinal);
        Assert.Contains("\x22\0\u0005alice", text, StringComparison.Ordinal);
        Assert.Contains("\x28\0\x02\x30\0", text, StringComparison.Ordinal);
        Assert.Contains("\xe1\0\x20" + new string('\0', 32), text, StringComparison.Ordinal);
    }

    private static byte[] Version2(byte command, byte family, byte[] body) =>
        [.. "\r\n\r\n\0\r\nQUIT\n"u8, command, family, (byte)(body.Length >> 8), (byte)body.Length, .. body];

    private static ProxyAddress Four(byte last) => new(IPAddress.Parse($"192.0.2.{last}").GetAddressBytes(), last);

    private static byte[] Write(ProxyHeaderFacts facts, bool second, int limit = ProxyHeaderWriter.MaxLength)
    {
        var output = new ByteWriter(new byte[16 * 1024]);
        if (second)
            ProxyHeaderWriter.WriteV2(facts, limit, new byte[16 * 1024], ref output);
        else
            ProxyHeaderWriter.WriteV1(facts, ref output);
        Assert.False(output.Overflowed);
        return output.Written.ToArray();
    }
}
