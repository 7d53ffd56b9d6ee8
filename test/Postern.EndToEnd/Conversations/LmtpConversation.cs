using Postern.EndToEnd.Rigs;

namespace Postern.EndToEnd.Conversations;

/// <summary>A mail into Dovecot's store.</summary>
internal sealed class LmtpConversation(Workplace place, Certificates certificates, DovecotRig dovecot, SecureDovecotRig secure) : SwaksConversation(certificates)
{
    public override string Protocol => "lmtp";

    public override int Server(string back) => back switch { "plain" => dovecot.Lmtp, "implicit" => secure.Lmtps, _ => secure.Lmtp };

    public override string Address(string back) => back == "plain" ? base.Address(back) : SecureDovecotRig.Address;

    protected override string[] Options => ["--protocol", "LMTP"];

    protected override string Mailbox(string back, string user) => place.At($"{(back == "plain" ? "" : "secure/")}mail/{user}/Maildir/new");

    protected override string Greeting => $"220 {Environment.MachineName}";
}
