using System.Collections.Immutable;
using Postern.Protocols.Imap;
using Postern.Protocols.Ldap;
using Postern.Protocols.Nntp;
using Postern.Protocols.Pop3;
using Postern.Protocols.Postgres;
using Postern.Protocols.Sieve;
using Postern.Protocols.Smtp;
using Postern.Protocols.Tcp;
using Postern.Protocols.Xmpp;

namespace Postern.Protocols;

/// <summary>Every protocol that this Postern speaks, by its word in the configuration.</summary>
public static class ProtocolList
{
    public static ImmutableArray<Protocol> All { get; } =
    [
        TcpProtocol.Instance,
        SmtpProtocol.Smtp,
        SmtpProtocol.Submission,
        SmtpProtocol.Lmtp,
        ImapProtocol.Instance,
        Pop3Protocol.Instance,
        SieveProtocol.Instance,
        NntpProtocol.Instance,
        XmppProtocol.Client,
        XmppProtocol.Server,
        LdapProtocol.Instance,
        PostgresProtocol.Instance,
    ];

    public static Protocol? Find(string name)
    {
        foreach (Protocol protocol in All)
        {
            if (protocol.Name == name)
                return protocol;
        }

        return null;
    }
}
