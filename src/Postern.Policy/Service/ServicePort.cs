using System.Collections.Immutable;

namespace Postern.Policy.Service;

/// <summary>Which ports a domain's servers may have: whoever owns a domain writes them into SRV, and so chooses what we connect to.</summary>
public static class ServicePort
{
    /// <summary>RFC 6120 §3.2.2: where a domain is asked that has no SRV record.</summary>
    public const int XmppServer = 5269;

    private const int Max = 65535;

    /// <summary>
    /// Where mail is handed over. No XMPP server listens there, and a worker that was stolen must not become a sender of mail, nor a
    /// domain's owner have us talk to other people's mail servers.
    /// </summary>
    private static readonly ImmutableArray<int> Mail = [25, 465, 587];

    public static bool IsAllowed(int port) => port is > 0 and <= Max && !Mail.Contains(port);
}
