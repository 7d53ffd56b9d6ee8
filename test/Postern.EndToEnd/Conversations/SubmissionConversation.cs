using Postern.EndToEnd.Rigs;

namespace Postern.EndToEnd.Conversations;

/// <summary>A mail of somebody who says who that is, to Postfix.</summary>
internal sealed class SubmissionConversation(Workplace place, Certificates certificates, StrictPostfixRig postfix) : SwaksConversation(certificates)
{
    public override string Protocol => "submission";

    public override int Server(string back) =>
        back switch { "plain" => postfix.Submission, "implicit" => postfix.Submissions, _ => postfix.SubmissionStartTls };

    protected override string[] Options => ["--auth", "PLAIN", "--auth-user", "alice", "--auth-password", "secret"];

    protected override string Mailbox(string back, string user) => place.At($"mail/{user}/Maildir/new");

    protected override string Greeting => "220 mx.example.test ESMTP";
}
