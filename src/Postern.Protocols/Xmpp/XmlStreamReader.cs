using System.Runtime.InteropServices;

namespace Postern.Protocols.Xmpp;

internal enum StreamUnitKind
{
    NeedInput,
    Fault,

    /// <summary>The stream's opening tag, with the XML declaration where there is one.</summary>
    Header,

    /// <summary>A whole element of the first level.</summary>
    Element,

    /// <summary>The stream's closing tag.</summary>
    End,
}

/// <summary>What stands at the front of the input.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Length">Its bytes, the white space before it included; 0 when it is not whole, or not right.</param>
/// <param name="Element">A header or an element.</param>
/// <param name="Fault">What is not right.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct StreamUnit(StreamUnitKind Kind, int Length, XmlElement? Element = null, XmlFault Fault = XmlFault.None);

/// <summary>
/// Reads a stream (RFC 6120 §4) unit by unit. It ends exactly at the <c>&gt;</c> of each: white space before an element is a
/// keep-alive (§4.6.1) and part of it, white space behind it is not looked at (§5.3.3, "security layer byte precision").
/// </summary>
internal sealed class XmlStreamReader
{
    /// <summary>A header has some 200 bytes, the features of a large server 2 KiB.</summary>
    public const int MaxUnit = 8192;

    /// <summary>Features are three deep.</summary>
    public const int MaxDepth = 8;

    private byte[]? _name;
    private XmlNamespaces? _namespaces;

    public StreamUnit Read(ReadOnlySpan<byte> input)
    {
        ReadOnlySpan<byte> allowed = input[..Math.Min(input.Length, MaxUnit)];
        StreamUnit unit = ReadAllowed(allowed);
        return unit.Kind == StreamUnitKind.NeedInput && input.Length >= MaxUnit ? Wrong(XmlFault.TooMuch) : unit;
    }

    private StreamUnit ReadAllowed(ReadOnlySpan<byte> input)
    {
        int start = 0;
        if (_name is null)
        {
            if (!XmlDeclaration.Read(input, out start, out XmlFault fault))
                return default;
            if (fault != XmlFault.None)
                return Wrong(fault);
        }

        while (start < input.Length && XmlBytes.IsSpace(input[start]))
            start++;
        if (start == input.Length)
            return default;
        if (input[start] != '<')
            return Wrong(XmlFault.NotWellFormed);

        return _name is null ? ReadHeader(input, start) : ReadElement(input, start);
    }

    private StreamUnit ReadHeader(ReadOnlySpan<byte> input, int start)
    {
        var cursor = new XmlCursor(input[start..]);
        switch (cursor.Read())
        {
            case XmlToken.NeedInput:
                return default;
            case XmlToken.Fault:
                return Wrong(cursor.Fault);
            case XmlToken.StartTag:
                break;

            // A stream that ends where it begins is a document, not a stream.
            default:
                return Wrong(XmlFault.NotWellFormed);
        }

        XmlFault fault = XmlElement.Parse(input.Slice(start, cursor.Position), around: null, out XmlElement? header);
        if (fault != XmlFault.None)
            return Wrong(fault);

        _name = cursor.Name.ToArray();
        _namespaces = header!.Namespaces;
        return new StreamUnit(StreamUnitKind.Header, start + cursor.Position, header);
    }

    private StreamUnit ReadElement(ReadOnlySpan<byte> input, int start)
    {
        var cursor = new XmlCursor(input[start..]);
        Span<Range> open = stackalloc Range[MaxDepth];
        int depth = 0;
        do
        {
            XmlToken token = cursor.Read();
            switch (token)
            {
                case XmlToken.NeedInput:
                    return default;
                case XmlToken.Fault:
                    return Wrong(cursor.Fault);
                case XmlToken.EndTag when depth == 0:
                    return cursor.Name.SequenceEqual(_name)
                        ? new StreamUnit(StreamUnitKind.End, start + cursor.Position)
                        : Wrong(XmlFault.NotWellFormed);
                case XmlToken.EndTag:
                    if (!cursor.Name.SequenceEqual(input[open[--depth]]))
                        return Wrong(XmlFault.NotWellFormed);
                    break;
                case XmlToken.StartTag or XmlToken.EmptyTag when depth == MaxDepth:
                    return Wrong(XmlFault.TooMuch);
                case XmlToken.StartTag:
                    _ = input.Overlaps(cursor.Name, out int offset);
                    open[depth++] = offset..(offset + cursor.Name.Length);
                    break;
            }
        }
        while (depth > 0);

        int length = start + cursor.Position;
        XmlFault fault = XmlElement.Parse(input[start..length], _namespaces, out XmlElement? element);
        return fault == XmlFault.None ? new StreamUnit(StreamUnitKind.Element, length, element) : Wrong(fault);
    }

    private static StreamUnit Wrong(XmlFault fault) => new(StreamUnitKind.Fault, 0, Fault: fault);
}
