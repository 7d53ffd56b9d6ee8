namespace Postern.Protocols.Xmpp;

/// <summary>The namespaces of RFC 6120 (§14), and the conditions of its stream errors (§4.9.3).</summary>
internal static class XmppNames
{
    public const string Streams = "http://etherx.jabber.org/streams";
    public const string StreamErrors = "urn:ietf:params:xml:ns:xmpp-streams";
    public const string Tls = "urn:ietf:params:xml:ns:xmpp-tls";
    public const string Sasl = "urn:ietf:params:xml:ns:xmpp-sasl";

    public const string ConnectionTimeout = "connection-timeout";
    public const string HostUnknown = "host-unknown";
    public const string ImproperAddressing = "improper-addressing";
    public const string InvalidNamespace = "invalid-namespace";
    public const string NotAuthorized = "not-authorized";
    public const string PolicyViolation = "policy-violation";
    public const string RemoteConnectionFailed = "remote-connection-failed";
    public const string ResourceConstraint = "resource-constraint";
    public const string UnsupportedVersion = "unsupported-version";

    /// <summary>
    /// What may be passed on of a server's stream error: its condition, where it is one of these. Not see-other-host, which is
    /// nothing without the host that it names: referrals are never followed (C9).
    /// </summary>
    private static readonly string[] s_conditions =
    [
        "bad-format", "bad-namespace-prefix", "conflict", ConnectionTimeout, "host-gone", HostUnknown, ImproperAddressing,
        "internal-server-error", "invalid-from", InvalidNamespace, "invalid-xml", NotAuthorized, "not-well-formed", PolicyViolation,
        RemoteConnectionFailed, "reset", ResourceConstraint, "restricted-xml", "system-shutdown", "undefined-condition",
        "unsupported-encoding", "unsupported-feature", "unsupported-stanza-type", UnsupportedVersion,
    ];

    /// <summary>The condition of a stream error as a word of ours; null where it has none that is passed on.</summary>
    public static string? ConditionOf(XmlElement error)
    {
        foreach (XmlElement child in error.Children)
        {
            int known = child.Namespace == StreamErrors ? Array.IndexOf(s_conditions, child.Name) : -1;
            if (known >= 0)
                return s_conditions[known];
        }

        return null;
    }

    /// <summary>RFC 6120 §4.9.3 has a condition for each way to be wrong.</summary>
    public static string ConditionOf(XmlFault fault) => fault switch
    {
        XmlFault.Restricted => "restricted-xml",
        XmlFault.UnknownPrefix => "bad-namespace-prefix",
        XmlFault.Encoding => "unsupported-encoding",
        XmlFault.TooMuch => PolicyViolation,
        _ => "not-well-formed",
    };
}
