using System.Buffers.Text;
using System.Text;

namespace Postern.Protocols.Smtp.Outbound;

/// <summary>What MAIL said: held back until the first recipient tells where it is to be said again.</summary>
internal sealed class Envelope
{
    /// <summary>RFC 1870 §5: a number of up to 20 digits. Messages of more than 2⁶³ octets are not sent.</summary>
    private const int MaxSizeDigits = 20;

    private byte[] _sender = [];
    private int _length;
    private long? _size;
    private Body _body;

    private enum Body
    {
        NotSaid,
        SevenBit,
        EightBit,
    }

    /// <summary>The reverse-path without its brackets; empty for nobody.</summary>
    public ReadOnlySpan<byte> Sender => _sender.AsSpan(0, _length);

    /// <summary>Addresses and header may be UTF-8 (RFC 6531 §3.4).</summary>
    public bool IsUtf8 { get; private set; }

    public bool RequiresTls { get; private set; }

    /// <summary>Takes a MAIL command.</summary>
    /// <param name="argument">Behind the verb: valid UTF-8, no control characters.</param>
    /// <param name="insideTls">The client is inside TLS.</param>
    /// <returns>The answer when it is wrong; empty when it is taken.</returns>
    public ReadOnlySpan<byte> Read(ReadOnlySpan<byte> argument, bool insideTls)
    {
        _size = null;
        _body = Body.NotSaid;
        IsUtf8 = RequiresTls = false;

        // The sender's address is for the next hop to judge; here it only has to be one.
        MailPath path = MailPath.Read(argument, "FROM:"u8);
        if (path.Kind is MailPathKind.Broken or MailPathKind.NoDomain)
            return "501 5.1.7 The form is MAIL FROM:<user@domain>, or <> for nobody\r\n"u8;

        for (ReadOnlySpan<byte> rest = path.Parameters; !rest.IsEmpty;)
        {
            int space = rest.IndexOf((byte)' ');
            ReadOnlySpan<byte> wrong = Take(space < 0 ? rest : rest[..space], insideTls);
            if (!wrong.IsEmpty)
                return wrong;
            rest = space < 0 ? default : rest[(space + 1)..];
        }

        if (!IsUtf8 && !Ascii.IsValid(path.Address))
            return "553 5.6.7 An address that is not ASCII needs SMTPUTF8\r\n"u8;

        if (_sender.Length < path.Address.Length)
            _sender = new byte[path.Address.Length];
        path.Address.CopyTo(_sender);
        _length = path.Address.Length;
        return default;
    }

    /// <summary>Why this message cannot go to a hop, though the hop may have others; null: it can.</summary>
    public OutboundRefusal? Unfit(NextHop hop)
    {
        // RFC 8689 §4.2.1 names both codes. Postern.Policy decides by the same rules; this is the last look before MAIL.
        if (RequiresTls && !(hop.InsideTls && hop.MayRequireTls))
            return new OutboundRefusal(550, "5.7.10", $"the message demands REQUIRETLS, and {hop.Host} is not authenticated inside TLS");
        if (RequiresTls && !hop.Offers(SmtpExtensions.RequireTls))
            return new OutboundRefusal(550, "5.7.30", $"REQUIRETLS support required: {hop.Host} does not offer it");

        // RFC 6152 §3: whoever took the message has to convert it or to treat this as a permanent error. We convert nothing.
        // SMTPUTF8 is content of 8 bits too (RFC 6531 §3.1).
        if (_body == Body.EightBit && !hop.Offers(SmtpExtensions.EightBitMime))
            return new OutboundRefusal(554, "5.6.3", $"the message is declared BODY=8BITMIME, which {hop.Host} does not offer; it is not converted here");

        // RFC 6531 §3.2: no such message is sent to a server that does not offer it; §3.5: 550 or 553, and X.6.7.
        return IsUtf8 && !hop.Offers(SmtpExtensions.SmtpUtf8)
            ? new OutboundRefusal(550, "5.6.7", $"the message needs SMTPUTF8, which {hop.Host} does not offer")
            : null;
    }

    /// <summary>Says MAIL to a hop for which it is fit, with the parameters that the hop knows.</summary>
    public void Write(NextHop hop, ref ByteWriter output)
    {
        output.Write("MAIL FROM:<"u8);
        output.Write(Sender);
        output.Write(">"u8);
        if (_size is { } size && hop.Offers(SmtpExtensions.Size))
        {
            output.Write(" SIZE="u8);
            output.WriteNumber(size);
        }

        if (_body != Body.NotSaid && hop.Offers(SmtpExtensions.EightBitMime))
            output.Write(_body == Body.EightBit ? " BODY=8BITMIME"u8 : " BODY=7BIT"u8);
        if (IsUtf8)
            output.Write(" SMTPUTF8"u8);
        if (RequiresTls)
            output.Write(" REQUIRETLS"u8);
        output.Write("\r\n"u8);
    }

    /// <summary>One parameter. RFC 5321 §4.1.1.11: one that was not offered is 555; one of a wrong form is 501.</summary>
    private ReadOnlySpan<byte> Take(ReadOnlySpan<byte> parameter, bool insideTls)
    {
        int equals = parameter.IndexOf((byte)'=');
        ReadOnlySpan<byte> keyword = equals < 0 ? parameter : parameter[..equals];
        ReadOnlySpan<byte> value = equals < 0 ? default : parameter[(equals + 1)..];
        bool bare = equals < 0;

        if (Ascii.EqualsIgnoreCase(keyword, "SIZE"u8))
            return TakeSize(value) ? default : "501 5.5.4 SIZE stands once, as SIZE=number\r\n"u8;
        if (Ascii.EqualsIgnoreCase(keyword, "BODY"u8))
            return TakeBody(value) ? default : "501 5.5.4 BODY stands once, as BODY=7BIT or BODY=8BITMIME\r\n"u8;

        if (Ascii.EqualsIgnoreCase(keyword, "SMTPUTF8"u8))
        {
            if (!bare || IsUtf8)
                return "501 5.5.4 SMTPUTF8 stands once and has no value\r\n"u8;
            IsUtf8 = true;
            return default;
        }

        if (!Ascii.EqualsIgnoreCase(keyword, "REQUIRETLS"u8))
            return "555 5.5.4 Of the parameters of MAIL, SIZE, BODY, SMTPUTF8 and REQUIRETLS are known\r\n"u8;
        if (!bare || RequiresTls)
            return "501 5.5.4 REQUIRETLS stands once and has no value\r\n"u8;
        if (!insideTls)
            return "555 5.5.4 REQUIRETLS is offered inside TLS only\r\n"u8;
        RequiresTls = true;
        return default;
    }

    private bool TakeSize(ReadOnlySpan<byte> value)
    {
        if (_size is not null || value.Length is 0 or > MaxSizeDigits || value.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            || !Utf8Parser.TryParse(value, out long size, out _))
            return false;

        _size = size;
        return true;
    }

    private bool TakeBody(ReadOnlySpan<byte> value)
    {
        if (_body != Body.NotSaid)
            return false;
        if (Ascii.EqualsIgnoreCase(value, "7BIT"u8))
            _body = Body.SevenBit;
        else if (Ascii.EqualsIgnoreCase(value, "8BITMIME"u8))
            _body = Body.EightBit;
        return _body != Body.NotSaid;
    }
}
