using CsCheck;
using Postern.Policy.Dane;
using Postern.Policy.Dns;

namespace Postern.Policy.Tests;

/// <summary>Names and records, as a resolver hands them over.</summary>
public sealed class DnsReaderTests
{
    [Theory]
    [InlineData("example.org", "example.org")]
    [InlineData("Example.ORG.", "example.org")]
    [InlineData("_25._tcp.mx.example.org", "_25._tcp.mx.example.org")]
    [InlineData("localhost", "localhost")]
    [InlineData("xn--bcher-kva.example", "xn--bcher-kva.example")]
    [InlineData("3com.example", "3com.example")]
    [InlineData("1.2.3.4.in-addr.arpa", "1.2.3.4.in-addr.arpa")]
    [InlineData("", null)]
    [InlineData(".", null)]
    [InlineData("..", null)]
    [InlineData(".example.org", null)]
    [InlineData("example..org", null)]
    [InlineData("example.org..", null)]
    [InlineData("-example.org", null)]
    [InlineData("example-.org", null)]
    [InlineData("exam ple.org", null)]
    [InlineData("example.org\n", null)]
    [InlineData("example.org\0", null)]
    [InlineData("*.example.org", null)]
    [InlineData("b\u00fccher.example", null)]
    [InlineData("\u212aelvin.example", null)]
    [InlineData("192.0.2.1", null)]
    [InlineData("2001:db8::1", null)]
    [InlineData("example.123", null)]
    [InlineData("123", null)]
    public void What_a_name_is(string text, string? name) => Assert.Equal(name, DnsName.Read(text)?.Text);

    [Fact]
    public void Lengths_are_bounded()
    {
        string label = new('a', 63);
        Assert.NotNull(DnsName.Read($"{label}.{label}.{label}.{new string('a', 61)}"));
        Assert.Null(DnsName.Read($"{label}.{label}.{label}.{new string('a', 62)}"));
        Assert.Null(DnsName.Read($"{label}a.example"));
        Assert.Null(Zone.Name($"{label}.{label}.{label}.{new string('a', 61)}").Below("_25._tcp"));
    }

    [Theory]
    [InlineData("a.example.org", "example.org", true)]
    [InlineData("b.a.example.org", "example.org", true)]
    [InlineData("example.org", "example.org", false)]
    [InlineData("notexample.org", "example.org", false)]
    [InlineData("org", "example.org", false)]
    public void What_is_below(string name, string other, bool below) => Assert.Equal(below, Zone.Name(name).IsBelow(Zone.Name(other)));

    [Fact]
    public void Any_text_is_a_name_that_reads_itself_or_none() => Gen.String.Sample(text => DnsName.Read(text) is not { } name || DnsName.Read(name.Text) == name);

    [Theory]
    [InlineData("000a02" + "6d78" + "07" + "6578616d706c65" + "00", "10 mx.example")]
    [InlineData("0000" + "00", "0 .")]
    [InlineData("000a" + "02" + "4d58" + "07" + "4578616d706c65" + "00", "10 mx.example")]
    [InlineData("000a", null)]
    [InlineData("", null)]
    [InlineData("000a02" + "6d78", null)]
    [InlineData("000a02" + "6d78" + "c00c", null)]
    [InlineData("000a02" + "6d78" + "00" + "00", null)]
    [InlineData("000a03" + "6d2e78" + "00", null)]
    [InlineData("000a04" + "6d20780a" + "00", null)]
    [InlineData("000a" + "03313932" + "0130" + "0132" + "0131" + "00", null)]
    public void Mx(string rdata, string? record) => Assert.Equal(record, MxRecord.Read(Convert.FromHexString(rdata))?.ToString());

    [Theory]
    [InlineData("03616263", "abc")]
    [InlineData("0361626302" + "6465", "abcde")]
    [InlineData("00", "")]
    [InlineData("00036162" + "63", "abc")]
    [InlineData("01e9", "\u00e9")]
    [InlineData("", null)]
    [InlineData("04616263", null)]
    [InlineData("0361626303", null)]
    public void Txt(string rdata, string? text) => Assert.Equal(text, TxtRecord.Read(Convert.FromHexString(rdata)));

    [Fact]
    public void A_text_is_bounded()
    {
        byte[] line = [255, .. new byte[255]];
        Assert.NotNull(TxtRecord.Read([.. Enumerable.Repeat(line, 16).SelectMany(one => one)]));
        Assert.Null(TxtRecord.Read([.. Enumerable.Repeat(line, 17).SelectMany(one => one)]));
    }

    [Theory]
    [InlineData("030101", "3 1 1 ")]
    [InlineData("03010100ff", "3 1 1 00ff")]
    [InlineData("ff0907", "255 9 7 ")]
    [InlineData("0301", null)]
    [InlineData("", null)]
    public void Tlsa(string rdata, string? record) => Assert.Equal(record, TlsaRecord.Read(Convert.FromHexString(rdata))?.ToString());

    [Theory]
    [InlineData(TlsaFault.None, "3 1 1 @key")]
    [InlineData(TlsaFault.None, "2 0 2 @key")]
    [InlineData(TlsaFault.None, "2 0 0 @key")]
    [InlineData(TlsaFault.NotForSmtp, "0 0 1 @key")]
    [InlineData(TlsaFault.NotForSmtp, "1 0 1 @key")]
    [InlineData(TlsaFault.UnknownUsage, "4 0 1 @key")]
    [InlineData(TlsaFault.UnknownSelector, "3 2 1 @key")]
    [InlineData(TlsaFault.UnknownMatching, "3 1 3 @key")]
    [InlineData(TlsaFault.WrongLength, "3 1 1 00")]
    [InlineData(TlsaFault.WrongLength, "3 1 1")]
    [InlineData(TlsaFault.WrongLength, "3 1 2 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData(TlsaFault.NotDer, "3 1 0")]
    [InlineData(TlsaFault.NotDer, "3 1 0 30")]
    [InlineData(TlsaFault.NotDer, "3 1 0 3001")]
    [InlineData(TlsaFault.NotDer, "3 1 0 300100ff")]
    [InlineData(TlsaFault.NotDer, "3 1 0 3080")]
    [InlineData(TlsaFault.NotDer, "3 1 0 308200")]
    [InlineData(TlsaFault.NotDer, "3 1 0 3084000000")]
    [InlineData(TlsaFault.NotDer, "3 1 0 020100")]
    [InlineData(TlsaFault.None, "3 1 0 3000")]
    [InlineData(TlsaFault.None, "3 1 0 30820001ff")]
    public void Which_records_are_usable(TlsaFault fault, string record) => Assert.Equal(fault, TlsaUse.Check(Zone.Record(record), smtp: true));

    [Fact]
    public void Records_are_bounded_in_length_and_number()
    {
        var big = new TlsaRecord(TlsaUsage.DaneTa, TlsaSelector.Cert, TlsaMatching.Full, [.. new byte[TlsaUse.MaxData + 1]]);
        Assert.Equal(TlsaFault.TooLong, TlsaUse.Check(big, smtp: true));
        Assert.Equal(TlsaUse.MaxRecords, TlsaUse.Usable([.. Enumerable.Range(0, 200).Select(i => Zone.Record($"3 1 1 @{i}"))], smtp: true).Length);
        _ = Assert.Single(TlsaUse.Usable([Zone.Record("3 1 1 @key"), Zone.Record("3 1 1 @key")], smtp: true));
    }

    [Fact]
    public void Any_bytes_are_a_TLSA_record_that_writes_itself_or_none() => Gen.Byte.Array[0, 100].Sample(bytes =>
    {
        TlsaRecord? record = TlsaRecord.Read(bytes);
        Assert.Equal(bytes.Length < 3, record is null);
        if (record is null)
            return;
        Assert.Equal(bytes, record.ToWire());
        Assert.Equal(record, TlsaRecord.Read(record.ToWire()));
        Assert.True(Enum.IsDefined(TlsaUse.Check(record, smtp: true)));
        Assert.DoesNotContain(record.ToString(), letter => letter is < ' ' or > '~');
    });

    [Fact]
    public void Whatever_is_usable_for_SMTP_is_of_usage_2_or_3() => Gen.Byte.Array[3, 70].Array[0, 6].Sample(all =>
        TlsaUse.Usable([.. all.Select(one => TlsaRecord.Read([(byte)(one[0] % 5), (byte)(one[1] % 3), (byte)(one[2] % 4), .. one[3..]])!)], smtp: true)
            .All(record => record.Usage is TlsaUsage.DaneTa or TlsaUsage.DaneEe));

    [Fact]
    public void Any_bytes_are_MX_or_TXT_or_none() => Gen.Byte.Array[0, 300].Sample(bytes =>
    {
        Assert.True(TxtRecord.Read(bytes) is null or { Length: <= TxtRecord.MaxLength });
        if (MxRecord.Read(bytes) is { Host: { } host })
            Assert.Equal(host, DnsName.Read(host.Text));
    });
}
