namespace Postern.Protocols.Xmpp;

/// <summary>What <see cref="XmlCursor"/> has read.</summary>
internal enum XmlToken
{
    /// <summary>The token is not whole yet.</summary>
    NeedInput,
    Fault,
    Text,
    StartTag,
    EmptyTag,
    EndTag,
}

/// <summary>
/// Cuts the XML of a stream into tags and text: the subset that a stream may have before TLS, and nothing else. Whatever is not
/// of it is a fault at its first wrong byte; nothing is skipped, nothing is mended. It allocates nothing.
/// </summary>
/// <remarks>
/// Hand-written, since an XML library knows far more than must be known of bytes that anybody may send: documents that declare
/// their own entities (CVE-2003-1564 and its kin), that point elsewhere, that change their encoding on the way.
/// </remarks>
internal ref struct XmlCursor(ReadOnlySpan<byte> input)
{
    private readonly ReadOnlySpan<byte> _input = input;

    public int Position { get; private set; }

    public XmlFault Fault { get; private set; }

    /// <summary>The name in a tag, prefix included.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>The attributes of a tag as they were written, to be read with <see cref="XmlAttributes"/>.</summary>
    public ReadOnlySpan<byte> Attributes { get; private set; }

    public XmlToken Read()
    {
        if (Position == _input.Length)
            return XmlToken.NeedInput;

        Name = Attributes = default;
        return _input[Position] == '<' ? ReadTag() : ReadText();
    }

    /// <summary>Text is whole when the tag behind it begins.</summary>
    private XmlToken ReadText()
    {
        int brackets = 0;
        while (Position < _input.Length)
        {
            byte value = _input[Position];
            if (value == '<')
                return XmlToken.Text;

            // XML 1.0 §2.4: "]]>" ends what has not begun.
            if (value == '>' && brackets >= 2)
                return Wrong(XmlFault.NotWellFormed);
            brackets = value == ']' ? brackets + 1 : 0;
            if (!SkipCharacter())
                return Unfinished;
        }

        return XmlToken.NeedInput;
    }

    private XmlToken ReadTag()
    {
        Position++;
        if (Position == _input.Length)
            return XmlToken.NeedInput;

        switch (_input[Position])
        {
            // Comments, CDATA sections and DTDs begin with "!", processing instructions with "?".
            case (byte)'!' or (byte)'?':
                return Wrong(XmlFault.Restricted);
            case (byte)'/':
                Position++;
                return ReadEndTag();
        }

        if (!ReadName())
            return Unfinished;

        int attributes = Position;
        while (true)
        {
            int before = Position;
            SkipSpace();
            if (Position == _input.Length)
                return XmlToken.NeedInput;

            switch (_input[Position])
            {
                case (byte)'>':
                    Attributes = _input[attributes..Position];
                    Position++;
                    return XmlToken.StartTag;

                case (byte)'/':
                    Attributes = _input[attributes..Position];
                    Position++;
                    return ReadEnd(XmlToken.EmptyTag);

                // XML 1.0 §3.1: there is white space before each attribute.
                case var _ when Position == before:
                    return Wrong(XmlFault.NotWellFormed);

                default:
                    if (!SkipAttribute())
                        return Unfinished;
                    continue;
            }
        }
    }

    private XmlToken ReadEndTag()
    {
        if (!ReadName())
            return Unfinished;
        SkipSpace();
        return ReadEnd(XmlToken.EndTag);
    }

    private XmlToken ReadEnd(XmlToken token)
    {
        if (Position == _input.Length)
            return XmlToken.NeedInput;
        if (_input[Position] != '>')
            return Wrong(XmlFault.NotWellFormed);
        Position++;
        return token;
    }

    private bool SkipAttribute()
    {
        XmlMatch name = XmlBytes.Name(_input[Position..], out int length);
        if (name != XmlMatch.Yes)
            return Judge(name);

        Position += length;
        SkipSpace();
        if (Position == _input.Length)
            return false;
        if (_input[Position] != '=')
            return Judge(XmlMatch.NotWellFormed);

        Position++;
        SkipSpace();
        if (Position == _input.Length)
            return false;

        byte quote = _input[Position++];
        if (quote is not ((byte)'\'' or (byte)'"'))
            return Judge(XmlMatch.NotWellFormed);

        while (Position < _input.Length)
        {
            if (_input[Position] == quote)
            {
                Position++;
                return true;
            }

            if (_input[Position] == '<')
                return Judge(XmlMatch.NotWellFormed);
            if (!SkipCharacter())
                return false;
        }

        return false;
    }

    private bool SkipCharacter()
    {
        ReadOnlySpan<byte> rest = _input[Position..];
        XmlMatch match = rest[0] == '&' ? XmlBytes.Reference(rest, out int length, out _) : XmlBytes.Character(rest, out length);
        if (match != XmlMatch.Yes)
            return Judge(match);
        Position += length;
        return true;
    }

    private bool ReadName()
    {
        XmlMatch match = XmlBytes.Name(_input[Position..], out int length);
        if (match != XmlMatch.Yes)
            return Judge(match);
        Name = _input.Slice(Position, length);
        Position += length;
        return true;
    }

    private void SkipSpace()
    {
        while (Position < _input.Length && XmlBytes.IsSpace(_input[Position]))
            Position++;
    }

    /// <summary>False, and the fault where it is one.</summary>
    private bool Judge(XmlMatch match)
    {
        Fault = match switch
        {
            XmlMatch.NotWellFormed => XmlFault.NotWellFormed,
            XmlMatch.Restricted => XmlFault.Restricted,
            _ => XmlFault.None,
        };
        return false;
    }

    private readonly XmlToken Unfinished => Fault == XmlFault.None ? XmlToken.NeedInput : XmlToken.Fault;

    private XmlToken Wrong(XmlFault fault)
    {
        Fault = fault;
        return XmlToken.Fault;
    }
}
