namespace Postern.Protocols.Xmpp;

/// <summary>Which prefix means which namespace at one element: its own declarations, then those around it.</summary>
/// <param name="Outer">What was declared around it; null at the root.</param>
/// <param name="Declared">By prefix, the default namespace by "".</param>
internal sealed record XmlNamespaces(XmlNamespaces? Outer, IReadOnlyDictionary<string, string> Declared)
{
    /// <summary>Bound by itself, and never to anything else (Namespaces in XML 1.0 §3).</summary>
    private const string Xml = "http://www.w3.org/XML/1998/namespace";

    private const string Xmlns = "http://www.w3.org/2000/xmlns/";

    /// <summary>The namespace that a prefix means; "" the default one's where there is none, null where nobody declared it.</summary>
    public string? Find(string prefix)
    {
        if (prefix == "xml")
            return Xml;

        for (XmlNamespaces? scope = this; scope is not null; scope = scope.Outer)
        {
            if (scope.Declared.TryGetValue(prefix, out string? declared))
                return declared;
        }

        return prefix.Length == 0 ? "" : null;
    }

    /// <summary>Namespaces in XML 1.0 §3, §5: <c>xml</c> and <c>xmlns</c> mean what they mean, and no prefix is taken back.</summary>
    public static bool MayDeclare(string prefix, string uri) => prefix switch
    {
        "xmlns" => false,
        "xml" => uri == Xml,
        _ => uri is not (Xml or Xmlns) && (uri.Length > 0 || prefix.Length == 0),
    };
}
