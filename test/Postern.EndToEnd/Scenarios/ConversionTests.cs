using System.Text.Json;
using Postern.EndToEnd.Conversations;
using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>
/// Every client reaches every server: plain, implicit and STARTTLS on either side of a gate, for every protocol, by real clients and real
/// servers. What stands in where there is none is in <see cref="ConversionTable.StandIns"/>.
/// </summary>
[Collection(nameof(ConversionHost))]
public sealed class ConversionTests(ConversionHost host)
{
    public static TheoryData<string, string, string> Ways =>
        [.. ConversionTable.Protocols.SelectMany(protocol => ConversionTable.Of(protocol).Select(way => (protocol, way.Front, way.Back)))];

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_session_from_end_to_end(string protocol, string front, string back)
    {
        Way way = host.Way($"{protocol}-{front}-{back}");
        Of(protocol).Hold(way);
        foreach (bool inside in way.Sessions)
        {
            JsonElement record = host.Gates.WaitForConnection(way.Name);

            // Some clients leave without close_notify, some do not wait for ours.
            Assert.Equal("relay", record.GetProperty("stage").GetString());
            Assert.Contains(record.GetProperty("outcome").GetString(), (string[])["closed", "truncated", "reset"]);
            Assert.Equal(inside, record.TryGetProperty("tls", out _));
            Assert.Equal(back != "plain", record.TryGetProperty("backend-tls", out JsonElement tls));
            if (back != "plain")
                Assert.Matches("^TLSv1.3 TLS_.* localhost$", tls.GetString());
        }
    }

    /// <summary>
    /// What came to its end there came by TLS. LMTP is left out: Dovecot offers STARTTLS in it and takes mail without, so that only our log
    /// says that the mail came inside TLS.
    /// </summary>
    [Theory]
    [InlineData("smtp", "530 5.7.0", "EHLO x", "MAIL FROM:<alice@example.test>")]
    [InlineData("submission", "530 5.7.0", "EHLO x", "MAIL FROM:<alice@example.test>")]
    [InlineData("imap", "a NO [PRIVACYREQUIRED]", "a LOGIN alice secret")]
    [InlineData("pop3", "-ERR [AUTH] Plaintext authentication disallowed", "USER alice")]
    [InlineData("sieve", "NO (ENCRYPT-NEEDED)", "AUTHENTICATE \"PLAIN\" \"AGFsaWNlAHNlY3JldA==\"")]
    [InlineData("nntp", "480 ", "GROUP postern.test")]
    public void A_server_that_has_TLS_does_nothing_without(string protocol, string refusal, params string[] words)
    {
        Conversation conversation = Of(protocol);
        using Talk talk = Talk.Plain(conversation.Server("starttls"), conversation.Address("starttls"));
        foreach (string line in words)
            _ = talk.Say(line);
        _ = talk.Hear("\n" + refusal);
    }

    /// <inheritdoc cref="A_server_that_has_TLS_does_nothing_without"/>
    [Fact]
    public void Nor_do_those_whose_words_are_not_lines()
    {
        ToolResult ldap = Tool.Run("ldapsearch", "-H", $"ldap://127.0.0.1:{Of("ldap").Server("starttls")}", "-x", "-D", SlapdRig.Alice, "-w", "secret", "-b", SlapdRig.Base);
        Assert.Contains("Confidentiality required (13)", ldap.Output, StringComparison.Ordinal);
        ToolResult postgres = Tool.Run("psql", "-X", "-c", "SELECT 1", $"host=127.0.0.1 port={Of("postgres").Server("starttls")} user=alice password=secret dbname=postgres sslmode=disable");
        Assert.Contains("no encryption", postgres.Output, StringComparison.Ordinal);
    }

    private Conversation Of(string protocol) => host.Conversations.Single(conversation => conversation.Protocol == protocol);
}
