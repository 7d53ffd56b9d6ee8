using System.Text;
using Postern.Fuzz;
using Xunit;

namespace Postern.Protocols.Tests;

/// <summary>
/// S1 and S3, for every protocol: bytes behind the command that starts TLS, in the clear (CVE-2011-0411 and its kin).
/// </summary>
/// <remarks>
/// What these tests are worth was tried: with the guard <c>when consumed != input.Length</c> taken out of Dialogue.cs, all
/// cases of <see cref="WhatStandsBehindEndsTheDialogue"/>, all of <see cref="WhereverTheCommandWasCut"/> and the three bad
/// cases of <see cref="NoNegotiatorHasToRememberIt"/> failed, and with them all scripts that end in
/// <c>= refuse injection</c>, whole, turn by turn and cut in two.
/// </remarks>
public sealed class InjectionTests
{
    /// <summary>RFC 4511 §4.14.1, in BER.</summary>
    private const string StartTlsRequest = "\x30\x1d\x02\x01\x01\x77\x18\x80\x16" + "1.3.6.1.4.1.1466.20037";

    private const string StartTls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

    /// <summary>The shortest way to TLS, and what may be glued behind it.</summary>
    private static readonly (string Target, string Opening, string Command, string Own)[] s_protocols =
    [
        ("smtp", "EHLO c\r\n", "STARTTLS\r\n", "NOOP\r\n"),
        ("smtp-optional", "EHLO c\r\n", "STARTTLS\r\n", "MAIL FROM:<m@spike.example>\r\n"),
        ("submission", "EHLO c\r\n", "STARTTLS\r\n", "AUTH PLAIN AG0AbQ==\r\n"),
        ("lmtp", "LHLO c\r\n", "STARTTLS\r\n", "LHLO spike.example\r\n"),
        ("imap", "", "A1 STARTTLS\r\n", "A2 LOGIN mallory secret\r\n"),
        ("pop3", "", "STLS\r\n", "USER mallory\r\nPASS secret\r\n"),
        ("nntp", "", "STARTTLS\r\n", "MODE READER\r\n"),
        ("sieve", "", "STARTTLS\r\n", "PUTSCRIPT \"evil\" {6+}\r\nkeep;\r\n\r\n"),
        ("ldap", "", StartTlsRequest, "\x30\x0c\x02\x01\x02\x60\x07\x02\x01\x03\x04\0\x80\0"),
        ("postgres", "", "\0\0\0\x08\x04\xd2\x16\x2f", "\0\0\0\x08\0\x03\0\0"),
        ("xmpp-client", Stream("client"), StartTls, "<presence/>"),
        ("xmpp-server", Stream("server"), StartTls, "<message to='a@example.org'/>"),
    ];

    private static string Stream(string content) =>
        $"<stream:stream xmlns='jabber:{content}' xmlns:stream='http://etherx.jabber.org/streams' to='example.org' version='1.0'>";

    public static IEnumerable<TheoryDataRow<string, string, string>> Injections()
    {
        foreach ((string target, string opening, string command, string own) in s_protocols)
        {
            string[] glued =
            [
                own, own[..1], "\r\n", "\n", "\r", "\0", " ", "\xff", command, command.ToLowerInvariant(), opening + command,
                "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", "\x80\x2e\x01", "\r\n\r\n\0\r\nQUIT\n", "GET / HTTP/1.1\r\n\r\n",
                new string('x', 8000),
            ];
            foreach (string bytes in glued)
                yield return (target, opening + command, bytes);
        }
    }

    [Theory]
    [MemberData(nameof(Injections))]
    public void WhatStandsBehindEndsTheDialogue(string target, string command, string glued)
    {
        byte[] input = Encoding.Latin1.GetBytes(command + glued);
        Outcome honest = Conversation.Run(Target.Find(target).Make(), Encoding.Latin1.GetBytes(command));
        Outcome outcome = Conversation.Run(Target.Find(target).Make(), input);

        Assert.Equal(Verdict.StartTls, honest.Verdict);
        Assert.Equal((Verdict.Refuse, Refusal.Injection), (outcome.Verdict, outcome.Refusal));
        Assert.Equal(command.Length, outcome.Consumed);

        // Neither the answer that lets TLS begin, nor one to the injected command.
        Assert.True(outcome.Output.Length < honest.Output.Length);
        Assert.StartsWith(Escaped.Of(outcome.Output), Escaped.Of(honest.Output));
    }

    /// <summary>The injected bytes arrive with the command's last byte, or its line end, or its second half.</summary>
    [Theory]
    [MemberData(nameof(Injections))]
    public void WhereverTheCommandWasCut(string target, string command, string glued)
    {
        byte[] input = Encoding.Latin1.GetBytes(command + glued);
        for (int cut = 1; cut < command.Length; cut++)
        {
            Outcome outcome = Conversation.Run(Target.Find(target).Make(), input, cut);
            Assert.Equal((Verdict.Refuse, Refusal.Injection), (outcome.Verdict, outcome.Refusal));
        }
    }

    /// <summary>
    /// S1, "in two writes": what had not arrived when STARTTLS was answered never reaches the negotiator. It is TLS's
    /// first input, and the driver says so by ending with every byte that it was given consumed.
    /// </summary>
    [Theory]
    [MemberData(nameof(Injections))]
    public void WhatComesLaterIsForTlsAlone(string target, string command, string glued)
    {
        byte[] input = Encoding.Latin1.GetBytes(command + glued);
        Outcome outcome = Conversation.Run(Target.Find(target).Make(), input, command.Length);

        Assert.Equal(Verdict.StartTls, outcome.Verdict);
        Assert.Equal(command.Length, outcome.Fed);
        Assert.Equal(command.Length, outcome.Consumed);
    }

    /// <summary>The rule is the driver's: a negotiator that knows nothing of it, of a protocol not yet written, is held to it.</summary>
    [Theory]
    [InlineData("go", Verdict.StartTls, Refusal.None)]
    [InlineData("go!", Verdict.Refuse, Refusal.Injection)]
    [InlineData("go\0", Verdict.Refuse, Refusal.Injection)]
    [InlineData("gogo", Verdict.Refuse, Refusal.Injection)]
    public void NoNegotiatorHasToRememberIt(string input, Verdict verdict, Refusal refusal)
    {
        Outcome outcome = Conversation.Run(new Forgetful(), Encoding.ASCII.GetBytes(input));
        Assert.Equal((verdict, refusal), (outcome.Verdict, outcome.Refusal));
        Assert.Equal(verdict == Verdict.StartTls ? "yes" : "", Encoding.ASCII.GetString(outcome.Output));
    }

    /// <summary>S2: no protocol starts TLS from a line that is none, whatever is behind it.</summary>
    [Theory]
    [MemberData(nameof(Injections))]
    public void ABrokenLineStartsNothing(string target, string command, string glued)
    {
        foreach (string end in (string[])["\n", "\r", "\r\r\n", "\0\r\n", " \r\n", "\t\r\n", "\v\r\n"])
        {
            byte[] input = Encoding.Latin1.GetBytes(command[..^2] + end + glued);
            Outcome outcome = Conversation.Run(Target.Find(target).Make(), input);

            // What is glued may itself be a whole STARTTLS behind a wrong command; the broken line never is one.
            if (outcome.Verdict == Verdict.StartTls || outcome.Refusal == Refusal.Injection)
                Assert.True(outcome.Consumed > command.Length - 2 + end.Length);
        }
    }

    private sealed class Forgetful : Negotiator
    {
        public override Step Advance(ReadOnlySpan<byte> input, ref ByteWriter output)
        {
            if (!input.StartsWith("go"u8))
                return Step.NeedInput;
            output.Write("yes"u8);
            return Step.StartTls(2);
        }
    }
}
