namespace Postern.Protocols.Xmpp;

/// <summary>What is wrong with the XML of a stream before TLS.</summary>
internal enum XmlFault
{
    None,

    NotWellFormed,

    /// <summary>
    /// RFC 6120 §11.1: comments, processing instructions, DTDs, entities beyond the five. Besides what no stream before TLS
    /// has any use for: CDATA sections, names that are not ASCII.
    /// </summary>
    Restricted,

    /// <summary>A prefix that nobody declared, or that is declared to be what it must not (Namespaces in XML 1.0 §3, §5).</summary>
    UnknownPrefix,

    /// <summary>An XML declaration with another encoding than UTF-8 (RFC 6120 §11.6).</summary>
    Encoding,

    /// <summary>Longer, deeper, or with more attributes than anything before TLS has to be (S11, C14).</summary>
    TooMuch,
}
