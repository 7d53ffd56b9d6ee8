using System.Text;
using CsCheck;
using Postern.Protocols.Lookup;
using Xunit;

namespace Postern.Protocols.Tests;

/// <summary>socketmap_table(5) and tcp_table(5): good and bad requests, and replies that cannot be taken for two.</summary>
public sealed class LookupTests
{
    [Theory]
    [InlineData("18:policy example.org,", "policy", "example.org", 22)]
    [InlineData("18:policy example.org,18:policy example.net,", "policy", "example.org", 22)]
    [InlineData("2:p ,", "p", "", 5)]
    [InlineData("10:p [a]:25 b,", "p", "[a]:25 b", 14)]
    public void A_netstring_is_a_request(string input, string map, string key, int length) =>
        Assert.Equal(new MapRequest(MapRequestStatus.Request, length, map, key), Socketmap.Read(Encoding.Latin1.GetBytes(input)));

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("1024")]
    [InlineData("18:")]
    [InlineData("18:policy example.org")]
    public void A_part_of_one_waits(string input) => Assert.Equal(MapRequestStatus.NeedInput, Socketmap.Read(Encoding.Latin1.GetBytes(input)).Status);

    [Theory]
    [InlineData(":")]
    [InlineData("-1:x,")]
    [InlineData("+2:p x,")]
    [InlineData(" 2:p x,")]
    [InlineData("02:p ,")]
    [InlineData("99999")]
    [InlineData("1025:")]
    [InlineData("18:policy example.org;")]
    [InlineData("6:policy,")]
    [InlineData("5: x yz,")]
    [InlineData("0:,")]
    [InlineData("GET / HTTP/1.1\r\n")]
    [InlineData("get example.org\n")]
    public void Anything_else_is_none(string input) => Assert.Equal(MapRequestStatus.Garbage, Socketmap.Read(Encoding.Latin1.GetBytes(input)).Status);

    [Theory]
    [InlineData("get example.org\n", "example.org", 16)]
    [InlineData("get %5Ba%5D:25\nget b\n", "[a]:25", 15)]
    [InlineData("get %41%0a%25\n", "A\n%", 14)]
    public void A_line_is_a_request(string input, string key, int length) =>
        Assert.Equal(new MapRequest(MapRequestStatus.Request, length, "", key), TcpTable.Read(Encoding.Latin1.GetBytes(input)));

    [Theory]
    [InlineData("put a b\n")]
    [InlineData("get\n")]
    [InlineData("get a b\n")]
    [InlineData("get %4\n")]
    [InlineData("get %\n")]
    [InlineData("get %zz\n")]
    [InlineData("get a\r\n")]
    [InlineData("get \u00e4\n")]
    [InlineData("18:policy example.org,\n")]
    public void Any_other_line_is_none(string input) => Assert.Equal(MapRequestStatus.Garbage, TcpTable.Read(Encoding.Latin1.GetBytes(input)).Status);

    [Fact]
    public void A_line_without_end_is_none()
    {
        Assert.Equal(MapRequestStatus.NeedInput, TcpTable.Read(Encoding.ASCII.GetBytes("get " + new string('a', 1000))).Status);
        Assert.Equal(MapRequestStatus.Garbage, TcpTable.Read(Encoding.ASCII.GetBytes("get " + new string('a', 1100))).Status);
    }

    [Theory]
    [InlineData(MapReply.Found, "secure match=a", "17:OK secure match=a,")]
    [InlineData(MapReply.NotFound, "why", "9:NOTFOUND ,")]
    [InlineData(MapReply.Later, "451 4.4.3 no", "17:TEMP 451 4.4.3 no,")]
    [InlineData(MapReply.Found, "a\r\nb\u00e4", "8:OK a??b?,")]
    public void Replies_of_socketmap(MapReply reply, string text, string written) => Assert.Equal(written, Write(LookupProtocol.Socketmap, reply, text));

    [Theory]
    [InlineData(MapReply.Found, "secure match=a", "200 secure%20match=a\n")]
    [InlineData(MapReply.NotFound, "no policy", "500 no%20policy\n")]
    [InlineData(MapReply.Later, "451 4.4.3", "400 451%204.4.3\n")]
    [InlineData(MapReply.Found, "a\nb%\u00e4", "200 a%0Ab%25%3F\n")]
    public void Replies_of_tcp_table(MapReply reply, string text, string written) => Assert.Equal(written, Write(LookupProtocol.TcpTable, reply, text));

    /// <summary>Half a policy would be another policy.</summary>
    [Fact]
    public void A_policy_that_is_too_long_for_tcp_table_is_not_cut() =>
        Assert.StartsWith("400 ", Write(LookupProtocol.TcpTable, MapReply.Found, "secure match=" + new string('a', 5000)), StringComparison.Ordinal);

    /// <summary>Any bytes: no exception, never more consumed than there is, and the same however it is cut.</summary>
    [Fact]
    public void Any_bytes_can_be_read() => Gen.Byte.Array[0, 200].Sample(bytes =>
    {
        foreach (LookupProtocol protocol in LookupProtocol.All)
        {
            MapRequest whole = protocol.Read(bytes);
            Assert.InRange(whole.Length, 0, bytes.Length);
            if (whole.Status == MapRequestStatus.Request)
                Assert.Equal(whole, protocol.Read(bytes.AsSpan(0, whole.Length)));
            for (int cut = 0; cut < bytes.Length; cut++)
            {
                MapRequest part = protocol.Read(bytes.AsSpan(0, cut));
                Assert.True(part.Status == MapRequestStatus.NeedInput || part == whole);
            }
        }
    });

    private static string Write(LookupProtocol protocol, MapReply reply, string text)
    {
        var output = new ByteWriter(new byte[32 * 1024]);
        protocol.Write(reply, text, ref output);
        Assert.False(output.Overflowed);
        return Encoding.Latin1.GetString(output.Written);
    }
}
