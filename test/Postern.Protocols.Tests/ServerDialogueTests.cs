using System.Text;
using Postern.Fuzz;
using Xunit;

namespace Postern.Protocols.Tests;

/// <summary>
/// C1, C4, C5, for every line protocol: one answer starts TLS, and nothing may stand behind it; whatever else is said, not
/// another word goes to the server in the clear.
/// </summary>
/// <remarks>
/// What these tests are worth was tried: with <c>when consumed != input.Length</c> taken out of Dialogue.cs all
/// 90 cases of <see cref="What_stands_behind_the_answer_ends_it"/> failed; with <c>reply.Code == 382</c> made
/// <c>reply.Code &lt; 400</c> in NntpBack and <c>reply.Code == 220</c> made <c>reply.Code &lt; 300</c> in SmtpBack, the cases
/// of <see cref="Only_one_answer_starts_tls"/> with a code below. Each other defence of the six has scripts that failed without
/// it: <c>!OffersStartTls</c>, <c>!_offered</c> and <c>!_greeting.OffersStartTls</c> (c1-not-offered), <c>reply.Code != 250</c>
/// (c2-hello-500), PREAUTH behind the greeting (c3-preauth-later), literals, MaxUntagged (c7), MaxCapabilities (c14).
/// </remarks>
public sealed class ServerDialogueTests
{
    /// <summary>What a server says until it is asked to start TLS, and the one right answer.</summary>
    private static readonly (string Target, string Opening, string Answer)[] s_servers =
    [
        ("smtp-back", "220 m\r\n250-m\r\n250 STARTTLS\r\n", "220 go\r\n"),
        ("lmtp-back", "220 m\r\n250-m\r\n250 STARTTLS\r\n", "220 go\r\n"),
        ("imap-back", "* OK m\r\n", "P0123456789ABCDEF OK go\r\n"),
        ("pop3-back", "+OK m\r\n+OK\r\nSTLS\r\n.\r\n", "+OK go\r\n"),
        ("sieve-back", "\"STARTTLS\"\r\nOK\r\n", "OK go\r\n"),
        ("nntp-back", "200 m\r\n", "382 go\r\n"),
    ];

    private static readonly string[] s_behind =
    [
        "\r\n", "\n", "\0", " ", "2", "*", "+OK\r\n", "OK\r\n", "250 AUTH PLAIN\r\n", "* PREAUTH\r\n", "\"SASL\" \"PLAIN\"\r\nOK\r\n", "200 m\r\n",
        "\x16\x03\x03\0\x7a\x02", "\x15\x03\x03\0\x02\x02\x28", new string('x', 8000),
    ];

    // What some other protocol, or the same one elsewhere, would take for a yes.
    private static readonly string[] s_wrong =
    [
        "220 go\r\n", "250 go\r\n", "382 go\r\n", "381 go\r\n", "383 go\r\n", "200 go\r\n", "354 go\r\n", "334 \r\n", "421 go\r\n", "+OK go\r\n", "+ go\r\n", "OK go\r\n", "* OK go\r\n",
        "A1 OK go\r\n", "P0123456789ABCDEE OK go\r\n", "P0123456789ABCDEF NO go\r\n", "P0123456789ABCDEF BAD OK\r\n", "-ERR\r\n", "NO\r\n", "BYE\r\n", "S", "\r\n",
        "\x16\x03\x03\0\x7a\x02\r\n", "220-go\r\n221 go\r\n", "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>\r\n",
    ];

    public static IEnumerable<TheoryDataRow<string, string, string, string>> Behind() =>
        from server in s_servers from behind in s_behind select new TheoryDataRow<string, string, string, string>(server.Target, server.Opening, server.Answer, behind);

    public static IEnumerable<TheoryDataRow<string, string, string>> Wrong() =>
        from server in s_servers
        from wrong in s_wrong
        where !wrong.StartsWith(server.Answer[..^4], StringComparison.Ordinal)
        select new TheoryDataRow<string, string, string>(server.Target, server.Opening, wrong);

    [Theory]
    [MemberData(nameof(Behind))]
    public void What_stands_behind_the_answer_ends_it(string target, string opening, string answer, string behind)
    {
        Outcome honest = Conversation.Run(Target.Find(target).Make(), Encoding.Latin1.GetBytes(opening + answer));
        Assert.Equal(Verdict.StartTls, honest.Verdict);

        byte[] input = Encoding.Latin1.GetBytes(opening + answer + behind);
        for (int cut = 1; cut < opening.Length + answer.Length; cut++)
        {
            Outcome outcome = Conversation.Run(Target.Find(target).Make(), input, cut);
            Assert.Equal((Verdict.Refuse, Refusal.Injection), (outcome.Verdict, outcome.Refusal));
            Assert.Equal(opening.Length + answer.Length, outcome.Consumed);
        }
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Only_one_answer_starts_tls(string target, string opening, string wrong)
    {
        Outcome asked = Conversation.Run(Target.Find(target).Make(), Encoding.Latin1.GetBytes(opening));
        Outcome outcome = Conversation.Run(Target.Find(target).Make(), Encoding.Latin1.GetBytes(opening + wrong));

        Assert.NotEqual(Verdict.StartTls, outcome.Verdict);
        Assert.NotEqual(Verdict.Relay, outcome.Verdict);
        Assert.Equal(Escaped.Of(asked.Output), Escaped.Of(outcome.Output));
    }
}
