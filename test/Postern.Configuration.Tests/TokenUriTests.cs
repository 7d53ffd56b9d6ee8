using CsCheck;
using Postern.Configuration.Reading;
using Postern.Configuration.Settings;

namespace Postern.Configuration.Tests;

/// <summary>RFC 7512, as far as it is understood here: what is written is read, and what is not understood is said.</summary>
public sealed class TokenUriTests
{
    [Fact]
    public void WhatIsWrittenIsRead() => Uris().Sample(uri =>
    {
        TokenUri? read = TokenUriText.Parse(uri.ToString(), out string wrong);
        Assert.Equal("", wrong);
        Assert.Equal(uri, read);
    });

    [Fact]
    public void AnyTextIsReadOrRefusedInOneLine() => Gen.OneOf(Gen.String[0, 40], Gen.Char["token=objcid;?&%2fF/|p-\u202e é"].Array[0, 40].Select(letters => new string(letters))).Sample(text =>
    {
        TokenUri? read = TokenUriText.Parse("pkcs11:" + text, out string wrong);
        Assert.Equal(read is null, wrong.Length > 0);
        Assert.DoesNotContain(wrong, char.IsControl);
        if (read is not null)
            Assert.Equal(read with { ModulePath = null, PinFile = null, PinCredential = null }, TokenUriText.Parse(read.ToString(), out _));
    });

    /// <summary>Every letter may be written as itself or by its number; both are the same key.</summary>
    [Fact]
    public void EncodedOrNotIsTheSame() => Gen.Select(Gen.Char["abcXYZ019-._~:[]@!$'()*+,=&"].Array[1, 20], Gen.Int[0, 1000]).Sample((letters, seed) =>
    {
        var random = new Random(seed);
        string encoded = string.Concat(letters.Select(letter => random.Next(2) == 0 ? letter.ToString() : $"%{(int)letter:x2}"));
        Assert.Equal(new string(letters), TokenUriText.Parse("pkcs11:object=" + encoded, out _)?.Object);
    });

    [Fact]
    public void EveryAttribute()
    {
        TokenUri? uri = TokenUriText.Parse(
            "PKCS11:token=My%20token;manufacturer=Snake%20Oil,%20Inc.;model=1.0;serial=DECC0401;slot-id=327;object=ma%C3%AEtre;id=%69%95%3E%00;type=private"
            + "?module-path=/usr/lib/a.so&pin-source=file:/etc/pin",
            out _);
        Assert.Equal(
            new TokenUri
            {
                Token = "My token", Manufacturer = "Snake Oil, Inc.", Model = "1.0", Serial = "DECC0401", Slot = 327, Object = "maître", Id = "69953e00",
                ModulePath = "/usr/lib/a.so", PinFile = "/etc/pin",
            },
            uri);
        Assert.Equal("pkcs11:token=My%20token;manufacturer=Snake%20Oil,%20Inc.;model=1.0;serial=DECC0401;slot-id=327;object=ma%C3%AEtre;id=%69%95%3E%00", uri!.ToString());
    }

    [Theory]
    [InlineData("?pin-source=/etc/pin", "/etc/pin", null)]
    [InlineData("?pin-source=file:///etc/pin", "/etc/pin", null)]
    [InlineData("?pin-source=file:/etc/p%20n", "/etc/p n", null)]
    [InlineData("?pin-source=credential:token.pin", null, "token.pin")]
    public void WhereThePinIs(string query, string? file, string? credential)
    {
        TokenUri uri = TokenUriText.Parse("pkcs11:object=a" + query, out _)!;
        Assert.Equal((file, credential), (uri.PinFile, uri.PinCredential));
    }

    [Theory]
    [InlineData("token", "'token' is not an attribute: write name=value")]
    [InlineData("token=a;", "'' is not an attribute: write name=value")]
    [InlineData("tokn=a", "unknown attribute 'tokn'; did you mean 'token'?")]
    [InlineData("Token=a", "unknown attribute 'Token'; did you mean 'token'?")]
    [InlineData("token=a;object=b;token=c", "'token' is said twice")]
    [InlineData("token=", "'token' is empty")]
    [InlineData("token=a b", "' ' must be percent-encoded, as %20")]
    [InlineData("token=a/b", "'/' must be percent-encoded, as %2F")]
    [InlineData("token=é", "'é' must be percent-encoded, as %C3%A9")]
    [InlineData("token=%2", "a % is followed by two hexadecimal digits")]
    [InlineData("token=%zz", "a % is followed by two hexadecimal digits")]
    [InlineData("token=%c3", "'token' is not UTF-8")]
    [InlineData("slot-id=0x1", "slot-id: expected a number, found '0x1'")]
    [InlineData("type=cert", "type: a certificate's key is type=private, found 'cert'")]
    [InlineData("library-version=2.0", "'library-version' does not choose a key here: \"token\", \"manufacturer\", \"model\", \"serial\", \"slot-id\", \"object\", \"id\", \"type\" do")]
    [InlineData("module-path=/a.so", "'module-path' stands behind a question mark")]
    [InlineData("object=a?token=b", "'token' stands before the question mark")]
    [InlineData("object=a?module-name=softhsm2", "module-name belongs to the configuration of p11-kit: write module-path=/path/to/module.so")]
    [InlineData("object=a?module-path=a.so", "module-path: expected an absolute path, found 'a.so'")]
    [InlineData("object=a?module-path=/a%00.so", "module-path: expected an absolute path, found '/a\\u0000.so'")]
    [InlineData("object=a?pin-value=1234", "pin-value would put the PIN where everybody reads it who reads this file: write it into a file of its own and say pin-source=file:/path")]
    [InlineData("pin-value=1234", "pin-value would put the PIN where everybody reads it who reads this file: write it into a file of its own and say pin-source=file:/path")]
    [InlineData("object=a?pin-source=|/bin/pin", "pin-source: a command is not run; write file:/path or credential:NAME")]
    [InlineData("object=a?pin-source=pin", "pin-source: expected file:/path or credential:NAME, found 'pin'")]
    [InlineData("object=a?pin-source=credential:../pin", "pin-source: '../pin' is not the name of a credential")]
    [InlineData("object=a?pin-source=credential:..", "pin-source: '..' is not the name of a credential")]
    public void WhatIsWrongIsSaid(string uri, string said)
    {
        Assert.Null(TokenUriText.Parse("pkcs11:" + uri, out string wrong));
        Assert.Equal(said, wrong);
    }

    private static Gen<TokenUri> Uris()
    {
        Gen<string?> text = Gen.OneOf(Gen.Const((string?)null), Gen.String[1, 12].Where(value => value.All(letter => !char.IsSurrogate(letter))).Select(value => (string?)value));
        Gen<string?> id = Gen.OneOf(Gen.Const((string?)null), Gen.Byte.Array[1, 8].Select(bytes => (string?)Convert.ToHexStringLower(bytes)));
        return Gen.Select(text, text, text, text, text, id, Gen.Int[-1, 9]).Select((token, manufacturer, model, serial, label, key, slot) => new TokenUri
        {
            Token = token, Manufacturer = manufacturer, Model = model, Serial = serial, Object = label, Id = key, Slot = slot < 0 ? null : (ulong)slot,
        });
    }
}
