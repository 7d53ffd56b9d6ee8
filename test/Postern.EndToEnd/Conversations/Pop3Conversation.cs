using Postern.EndToEnd.Rigs;

namespace Postern.EndToEnd.Conversations;

/// <summary>A mail from Dovecot's store, by POP3.</summary>
internal sealed class Pop3Conversation(Certificates certificates, DovecotRig dovecot, SecureDovecotRig secure) : CurlConversation(certificates)
{
    public override string Protocol => "pop3";

    public override int Server(string back) => back switch { "plain" => dovecot.Pop3, "implicit" => secure.Pop3s, _ => secure.Pop3 };

    public override string Address(string back) => back == "plain" ? base.Address(back) : SecureDovecotRig.Address;

    protected override string Path => "/1";

    protected override bool Greets(string line) =>
        line.StartsWith("+OK Dovecot", StringComparison.Ordinal) || line.StartsWith("+OK " + Way.GateHost, StringComparison.Ordinal);
}
