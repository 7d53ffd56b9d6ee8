using System.Text;

namespace Postern.Protocols.Xmpp;

/// <summary>One attribute by what it is, not by how it was written. One without a prefix has no namespace.</summary>
internal readonly record struct XmlAttribute(string Namespace, string Name, string Value);

/// <summary>
/// One element, with names that mean what they mean: a namespace and a local name. Prefixes are gone, so that nobody can be
/// fooled by one (<c>stream:starttls</c> is no starttls, and <c>x:starttls</c> may well be).
/// </summary>
internal sealed class XmlElement
{
    /// <summary>A stream header has six or seven.</summary>
    public const int MaxAttributes = 32;

    private static readonly XmlNamespaces s_outside = new(null, new Dictionary<string, string>());

    private readonly List<XmlAttribute> _attributes = [];
    private readonly List<XmlElement> _children = [];

    private XmlElement(XmlNamespaces namespaces) => Namespaces = namespaces;

    public string Namespace { get; private set; } = "";

    public string Name { get; private set; } = "";

    public IReadOnlyList<XmlAttribute> Attributes => _attributes;

    public IReadOnlyList<XmlElement> Children => _children;

    /// <summary>What prefixes mean inside.</summary>
    public XmlNamespaces Namespaces { get; }

    /// <summary>There is neither a child nor text in it, white space included.</summary>
    public bool IsEmpty { get; private set; } = true;

    public bool Is(string ns, string name) => Namespace == ns && Name == name;

    /// <summary>An attribute's value; null when it is not there.</summary>
    public string? this[string name]
    {
        get
        {
            foreach (XmlAttribute attribute in _attributes)
            {
                if (attribute.Namespace.Length == 0 && attribute.Name == name)
                    return attribute.Value;
            }

            return null;
        }
    }

    /// <param name="whole">
    /// A whole element, or a start tag alone, that <see cref="XmlCursor"/> has found well formed and <see cref="XmlStreamReader"/> in
    /// bounds.
    /// </param>
    /// <param name="around">The stream's namespaces; null for the stream's own tag.</param>
    /// <param name="element">Null with a fault.</param>
    public static XmlFault Parse(ReadOnlySpan<byte> whole, XmlNamespaces? around, out XmlElement? element)
    {
        element = null;
        var cursor = new XmlCursor(whole);
        var open = new Stack<XmlElement>();
        while (true)
        {
            XmlToken token = cursor.Read();
            switch (token)
            {
                case XmlToken.StartTag or XmlToken.EmptyTag:
                    XmlNamespaces outer = open.TryPeek(out XmlElement? parent) ? parent.Namespaces : around ?? s_outside;
                    XmlFault fault = Read(cursor.Name, cursor.Attributes, outer, out XmlElement child);
                    if (fault != XmlFault.None)
                        return fault;
                    element ??= child;
                    parent?.Add(child);
                    if (token == XmlToken.StartTag)
                        open.Push(child);
                    break;

                case XmlToken.EndTag:
                    _ = open.Pop();
                    break;

                case XmlToken.Text:
                    open.Peek().IsEmpty = false;
                    break;
            }

            if (cursor.Position == whole.Length)
                return XmlFault.None;
        }
    }

    private void Add(XmlElement child)
    {
        _children.Add(child);
        IsEmpty = false;
    }

    private static XmlFault Read(ReadOnlySpan<byte> name, ReadOnlySpan<byte> written, XmlNamespaces outer, out XmlElement element)
    {
        var declared = new Dictionary<string, string>(StringComparer.Ordinal);
        var plain = new List<(string Prefix, string Name, string Value)>();
        element = new XmlElement(new XmlNamespaces(outer, declared));
        var attributes = new XmlAttributes(written);
        while (attributes.MoveNext())
        {
            if (plain.Count + declared.Count == MaxAttributes)
                return XmlFault.TooMuch;

            (string prefix, string local) = Split(attributes.Name);
            string value = XmlText.Meant(attributes.Value);
            bool isDefault = prefix.Length == 0 && local == "xmlns";
            if (!isDefault && prefix != "xmlns")
            {
                plain.Add((prefix, local, value));
                continue;
            }

            string declares = isDefault ? "" : local;
            if (!XmlNamespaces.MayDeclare(declares, value))
                return XmlFault.UnknownPrefix;
            if (!declared.TryAdd(declares, value))
                return XmlFault.NotWellFormed;
        }

        return element.Resolve(name, plain);
    }

    /// <summary>Declarations hold for the tag that they stand in, before and behind: so names are resolved when all are known.</summary>
    private XmlFault Resolve(ReadOnlySpan<byte> name, List<(string Prefix, string Name, string Value)> attributes)
    {
        (string prefix, string local) = Split(name);
        if (Namespaces.Find(prefix) is not { } ns)
            return XmlFault.UnknownPrefix;

        Namespace = ns;
        Name = local;
        foreach ((string itsPrefix, string itsName, string value) in attributes)
        {
            // Namespaces in XML 1.0 §6.2: the default namespace is not for attributes.
            string? its = itsPrefix.Length == 0 ? "" : Namespaces.Find(itsPrefix);
            if (its is null)
                return XmlFault.UnknownPrefix;

            // §6.3: neither the same name twice, nor two names that mean the same.
            foreach (XmlAttribute other in _attributes)
            {
                if (other.Namespace == its && other.Name == itsName)
                    return XmlFault.NotWellFormed;
            }

            _attributes.Add(new XmlAttribute(its, itsName, value));
        }

        return XmlFault.None;
    }

    private static (string Prefix, string Local) Split(ReadOnlySpan<byte> name)
    {
        int colon = name.IndexOf((byte)':');
        return colon < 0
            ? ("", Encoding.ASCII.GetString(name))
            : (Encoding.ASCII.GetString(name[..colon]), Encoding.ASCII.GetString(name[(colon + 1)..]));
    }
}
