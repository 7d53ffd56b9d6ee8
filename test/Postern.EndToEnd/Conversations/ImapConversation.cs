using Postern.EndToEnd.Rigs;

namespace Postern.EndToEnd.Conversations;

/// <summary>A mail from Dovecot's store, by IMAP.</summary>
internal sealed class ImapConversation(Certificates certificates, DovecotRig dovecot, SecureDovecotRig secure) : CurlConversation(certificates)
{
    public override string Protocol => "imap";

    public override int Server(string back) => back switch { "plain" => dovecot.Imap, "implicit" => secure.Imaps, _ => secure.Imap };

    public override string Address(string back) => back == "plain" ? base.Address(back) : SecureDovecotRig.Address;

    protected override string Path => "/INBOX;MAILINDEX=1";

    // The others that are OK and belong to no command say what a mailbox is like: their codes have other names.
    protected override bool Greets(string line) =>
        line.StartsWith("* OK [CAPABILITY ", StringComparison.Ordinal) || line.StartsWith("* OK " + Way.GateHost, StringComparison.Ordinal);
}
