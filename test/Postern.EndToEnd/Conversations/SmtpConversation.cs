using Postern.EndToEnd.Rigs;

namespace Postern.EndToEnd.Conversations;

/// <summary>A stranger's mail to Postfix.</summary>
internal sealed class SmtpConversation(Workplace place, Certificates certificates, StrictPostfixRig postfix) : SwaksConversation(certificates)
{
    public override string Protocol => "smtp";

    public override int Server(string back) => back switch { "plain" => postfix.Smtp, "implicit" => postfix.Smtps, _ => postfix.SmtpStartTls };

    protected override string[] Options => [];

    protected override string Mailbox(string back, string user) => place.At($"mail/{user}/Maildir/new");

    protected override string Greeting => "220 mx.example.test ESMTP";
}
