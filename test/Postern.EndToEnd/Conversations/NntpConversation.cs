using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Conversations;

/// <summary>An article is read from INN, and another posted: openssl speaks, or a plain connection.</summary>
internal sealed class NntpConversation(Certificates certificates, NewsRig news) : Conversation
{
    public override string Protocol => "nntp";

    public override int Server(string back) => back switch { "plain" => news.Plain, "implicit" => news.Implicit, _ => news.StartTls };

    public override void Hold(Way way)
    {
        using Talk talk = way.Front switch
        {
            "plain" => Talk.Plain(way.Port),
            "implicit" => Talk.OpenSsl(way.Port, certificates.Authority),
            _ => Talk.OpenSsl(way.Port, certificates.Authority, "-starttls", "nntp"),
        };

        // RFC 4642 §2.2.2: no greeting after STARTTLS; openssl heard ours before.
        bool greeted = way.Front != "starttls";
        if (greeted)
            _ = talk.Hear("200 " + (way.GateGreets ? Way.GateHost : "news.example.test"));
        _ = talk.Say("GROUP " + NewsRig.Group).Hear("211 1 1 1 " + NewsRig.Group);
        Assert.Contains(NewsRig.FirstBody, talk.Say("ARTICLE 1").Hear("\r\n.\r\n"), StringComparison.Ordinal);
        _ = talk.Say("POST").Hear("340 ");
        _ = talk.Say($"From: Alice <alice@example.test>\nNewsgroups: {NewsRig.Group}\nSubject: {way.Name}\n\nby {way.Name}\n.").Hear("240 ");
        _ = talk.Say("QUIT").Hear("205 ");
        Assert.Equal(greeted ? 1 : 0, talk.Heard.Split('\n').Count(line => line.StartsWith("200 ", StringComparison.Ordinal)));
        Assert.Contains(news.Posted(), article => article.Contains("by " + way.Name, StringComparison.Ordinal));
    }
}
