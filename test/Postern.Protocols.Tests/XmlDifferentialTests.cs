using System.Text;
using System.Xml;
using CsCheck;
using Postern.Protocols.Xmpp;
using Xunit;
using XmlAttribute = Postern.Protocols.Xmpp.XmlAttribute;
using XmlElement = Postern.Protocols.Xmpp.XmlElement;

namespace Postern.Protocols.Tests;

/// <summary>
/// S2 for XML: whatever our reader takes for a stream, another parser takes for the same one, with the same names, namespaces and
/// attributes. The other way round it need not be: the framework's reader knows more XML than we want to.
/// </summary>
/// <remarks>
/// What this is worth was tried. Each of these, taken out alone, made it fail: the check of duplicate attributes in
/// XmlElement.Resolve, the comparison of an end tag's name in XmlStreamReader.ReadElement, the check for "]]>" in XmlCursor.ReadText,
/// the one for "&lt;" in an attribute, and XmlNamespaces.MayDeclare.
/// </remarks>
public sealed class XmlDifferentialTests
{
    private const string Xmlns = "http://www.w3.org/2000/xmlns/";

    private static readonly string[] s_names = ["a", "b", "x:a", "y:a", "stream:b", "xml:a", "A.-_9"];

    private static readonly string[] s_attributes =
    [
        "a='1'", "b=\"2\"", "x:a='3'", "y:b='4'", "xml:lang='en'", "xmlns='urn:a'", "xmlns:z=\"urn:z\"", "c='&lt;&amp;&#x41;&#10;&apos;'",
        "d = ' \t\r\n\n '", "e='ü€𝄞'", "f='>'",
    ];

    private static readonly string[] s_oddAttributes =
    [
        "a='5'", "y:a='6'", "xmlns=''", "xmlns:y='urn:x'", "xmlns:x=''", "xmlns:xml='http://www.w3.org/XML/1998/namespace'", "xmlns:xml='urn:a'",
        "xmlns:xmlns='urn:a'", "xmlns:z='http://www.w3.org/2000/xmlns/'", "xmlns='http://www.w3.org/XML/1998/namespace'", "g='&no;'", "h='<'",
    ];

    private static readonly string[] s_texts = ["", "text", " ", "&gt;&quot;", "]]", "ü", "&#x1F600;"];

    private static readonly string[] s_oddTexts = ["]]>", "&#0;", "&", "\u0001", "\ufffe", "<!-- -->", "<?p?>", "<![CDATA[]]>"];

    private static readonly string[] s_openings = ["", "", "<?xml version='1.0'?>", "<?xml version=\"1.0\" encoding='utf-8' standalone='yes' ?>\n", "\r\n", "", "<?xml?>"];

    private static readonly Gen<string> s_attribute = Mostly(s_attributes, s_oddAttributes);

    private static readonly Gen<string> s_text = Mostly(s_texts, s_oddTexts);

    private static readonly Gen<string> s_element = Gen.Recursive<string>((depth, inner) =>
    {
        Gen<string> tag = Gen.Select(Any(s_names), s_attribute.Array[0, 4]).Select(One);
        Gen<string> content = depth >= 3 ? s_text : Gen.Select(inner.Array[0, 3], s_text).Select((children, text) => text + string.Concat(children));
        return Gen.Select(tag, content, Gen.Int[0, 12]).Select((start, text, kind) => kind switch
        {
            0 => $"<{start}/>",
            1 => $"<{start}>{text}</b>",
            _ => $"<{start}>{text}</{start.Split(' ')[0]} >",
        });
    });

    private static readonly Gen<byte[]> s_streams = Gen.Select(
        Any(s_openings),
        s_attribute.Array[0, 2],
        s_element.Array[0, 3],
        Gen.Select(Gen.Int[0, 4000], Any("", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "<", ">", "/", "=", "'", "\"", " ", ":", "&", ";", "\0", "ü", "]]>")).Array[0, 1]).Select(Stream);

    [Fact]
    public void What_we_read_is_what_another_parser_reads()
    {
        int read = 0;
        s_streams.Sample(bytes =>
        {
            List<string> ours = [];
            int taken = Ours(bytes, ours, out string missing);
            if (taken == 0)
                return;

            byte[] document = [.. bytes.AsSpan(0, taken), .. Encoding.ASCII.GetBytes(missing)];
            Assert.Equal(Theirs(document), ours);
            if (ours.Count > 1)
                Interlocked.Increment(ref read);
        }, iter: 20_000);

        Assert.True(read > 1_000, $"only {read} of the streams were any");
    }

    /// <summary>Neither reads what is not UTF-8, and neither is stopped by what is.</summary>
    [Fact]
    public void Bytes_in_a_value_are_read_alike() =>
        Gen.Byte.Array[1, 4].Sample(bytes =>
        {
            byte[] stream = [.. "<stream:stream xmlns:stream='urn:s' a='"u8, .. bytes, .. "'>"u8];
            List<string> ours = [];
            int taken = Ours(stream, ours, out _);
            if (taken == stream.Length)
                Assert.Equal(Theirs([.. stream, .. "</stream:stream>"u8]), ours);
        }, iter: 20_000);

    private static Gen<string> Any(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(at => texts[at]);

    private static Gen<string> Mostly(string[] texts, string[] odd) => Gen.Select(Any(texts), Any(odd), Gen.Int[0, 30]).Select((text, other, often) => often > 0 ? text : other);

    private static string One(string name, string[] attributes) => string.Join(' ', [name, .. attributes.Distinct()]);

    private static byte[] Stream(string opening, string[] attributes, string[] elements, (int At, string Text)[] spoils)
    {
        string header = One("stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns:x='urn:x' xmlns:y='urn:x'", attributes);
        string stream = $"{opening}<{header}>{string.Join(' ', elements)}</stream:stream>";
        foreach ((int at, string text) in spoils)
            stream = stream.Insert(at % stream.Length, text);
        return Encoding.UTF8.GetBytes(stream);
    }

    /// <summary>Reads as far as the stream is one; what was read is described, the bytes of it counted, and the end tag given where none came.</summary>
    private static int Ours(byte[] bytes, List<string> read, out string missing)
    {
        var reader = new XmlStreamReader();
        int taken = 0;
        missing = "";
        while (true)
        {
            StreamUnit unit = reader.Read(bytes.AsSpan(taken));
            if (unit.Kind is StreamUnitKind.NeedInput or StreamUnitKind.Fault)
                return taken;
            taken += unit.Length;
            if (unit.Kind == StreamUnitKind.End)
            {
                missing = "";
                return taken;
            }

            // The last "<" of a header is that of its tag, since no value has one.
            if (unit.Kind == StreamUnitKind.Header)
                missing = "</" + Encoding.UTF8.GetString(bytes, 0, taken).Split('<')[^1].Split([' ', '\t', '\r', '\n', '>'])[0] + ">";

            Describe(unit.Element!, read);
        }
    }

    private static void Describe(XmlElement element, List<string> read)
    {
        read.Add(Line(element.Namespace, element.Name, element.Attributes));
        foreach (XmlElement child in element.Children)
            Describe(child, read);
    }

    private static List<string> Theirs(byte[] document)
    {
        List<string> read = [];
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null };
        using var reader = XmlReader.Create(new MemoryStream(document), settings);
        while (reader.Read())
        {
            if (reader.NodeType != XmlNodeType.Element)
                continue;
            string ns = reader.NamespaceURI;
            string name = reader.LocalName;
            List<XmlAttribute> attributes = [];
            while (reader.MoveToNextAttribute())
            {
                if (reader.NamespaceURI != Xmlns)
                    attributes.Add(new XmlAttribute(reader.NamespaceURI, reader.LocalName, reader.Value));
            }

            read.Add(Line(ns, name, attributes));
        }

        return read;
    }

    private static string Line(string ns, string name, IEnumerable<XmlAttribute> attributes) =>
        $"{{{ns}}}{name} {string.Join(' ', attributes.Select(attribute => $"{{{attribute.Namespace}}}{attribute.Name}={attribute.Value}"))}";
}
