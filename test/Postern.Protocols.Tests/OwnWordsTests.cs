using System.Text;
using Xunit;

namespace Postern.Protocols.Tests;

/// <summary>What a gate says of its own where the server behind has said it already, or cannot: greetings and apologies.</summary>
public sealed class OwnWordsTests
{
    [Theory]
    [InlineData("smtp", "220 gate.example ESMTP\r\n")]
    [InlineData("submission", "220 gate.example ESMTP\r\n")]
    [InlineData("lmtp", "220 gate.example LMTP\r\n")]
    [InlineData("imap", "* OK gate.example ready\r\n")] // no capabilities: what the server has is not known
    [InlineData("pop3", "+OK gate.example ready\r\n")] // no timestamp: APOP would fail
    [InlineData("nntp", "200 gate.example ready\r\n")]
    public void A_greeting_of_our_own(string protocol, string expected) => Assert.Equal(expected, Greeting(ProtocolList.Find(protocol)!));

    /// <summary>Wherever the ledger says "say one of our own", there is one; and nowhere else (sieve greets again, tcp is not known).</summary>
    [Fact]
    public void Whoever_may_owe_a_greeting_has_one()
    {
        foreach (Protocol protocol in ProtocolList.All)
        {
            bool owes = protocol.HasStartTls && GreetingLedger.Decide(protocol, TlsMode.Implicit, TlsMode.StartTls) == GreetingAction.Say;
            if (owes)
                Assert.EndsWith("\r\n", Greeting(protocol), StringComparison.Ordinal);
            else
                _ = Assert.Throws<InvalidOperationException>(() => Greeting(protocol));
        }
    }

    [Theory]
    [InlineData(Unavailable.Busy, "400 gate.example has too many connections, try again later\r\n")]
    [InlineData(Unavailable.NoBackend, "400 gate.example cannot reach its server, try again later: no route\r\n")]
    [InlineData(Unavailable.Untrusted, "400 gate.example does not trust the certificate of its server: no route\r\n")]
    [InlineData(Unavailable.Unproved, "400 gate.example cannot prove its server now, try again later: no route\r\n")]
    public void News_is_not_to_be_had_now(Unavailable why, string expected)
    {
        foreach (RefusalPlace place in Enum.GetValues<RefusalPlace>())
        {
            var output = new ByteWriter(new byte[Negotiator.MaxAnswer]);
            string reason = why == Unavailable.Busy ? "" : "no route";
            ProtocolList.Find("nntp")!.WriteUnavailable(new Apology(why, "gate.example", reason), place, "MODE READER\r\n"u8, ref output);
            Assert.Equal(expected, Encoding.ASCII.GetString(output.Written));
        }
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("MODE READER", 0)]
    [InlineData("MODE READER\r\nQUIT\r\n", 13)]
    [InlineData("MODE\nREADER", 11)] // no line will come of it: the refusal may be said
    public void The_command_that_is_refused(string input, int length) =>
        Assert.Equal(length, ProtocolList.Find("nntp")!.NextCommand(Encoding.ASCII.GetBytes(input)));

    private static string Greeting(Protocol protocol)
    {
        var output = new ByteWriter(new byte[Negotiator.MaxAnswer]);
        protocol.WriteGreeting("gate.example", ref output);
        return Encoding.ASCII.GetString(output.Written);
    }
}
