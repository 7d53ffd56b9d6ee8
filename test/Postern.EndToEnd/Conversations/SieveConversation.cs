using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Conversations;

/// <summary>A script is put on Dovecot's server, and is there: openssl speaks, or a plain connection.</summary>
internal sealed class SieveConversation(Certificates certificates, DovecotRig dovecot, SecureDovecotRig secure) : Conversation
{
    private const string Implementation = "\"IMPLEMENTATION\"";

    public override string Protocol => "sieve";

    public override int Server(string back) => back switch { "plain" => dovecot.Sieve, "implicit" => secure.Sieves, _ => secure.Sieve };

    public override string Address(string back) => back == "plain" ? base.Address(back) : SecureDovecotRig.Address;

    public override string Keys(string back) => back == "plain" ? "proxy-protocol = \"v2\"" : "";

    public override void Hold(Way way)
    {
        using Talk talk = way.Front switch
        {
            "plain" => Talk.Plain(way.Port),
            "implicit" => Talk.OpenSsl(way.Port, certificates.Authority),
            _ => Talk.OpenSsl(way.Port, certificates.Authority, "-starttls", "sieve"),
        };

        // RFC 5804 §2.2: the server says its capabilities again after STARTTLS, so that they are the server's in any case, and once.
        string greeting = talk.Hear(way.Back == "starttls" ? "OK \"TLS negotiation successful.\"" : "OK \"Dovecot (Debian) ready.\"");
        Assert.Contains(Implementation + " \"Dovecot (Debian) Pigeonhole\"", greeting, StringComparison.Ordinal);
        _ = talk.Say("AUTHENTICATE \"PLAIN\" \"AGFsaWNlAHNlY3JldA==\"").Hear("OK \"Logged in.\"");
        _ = talk.Say($"PUTSCRIPT \"{way.Name}\" {{5+}}\nkeep;").Hear("OK \"PUTSCRIPT completed.\"");
        Assert.Contains($"\"{way.Name}\"", talk.Say("LISTSCRIPTS").Hear("OK \"Listscripts completed.\""), StringComparison.Ordinal);
        _ = talk.Say("LOGOUT").Hear("OK \"Logout completed.\"");
        Assert.Equal(2, talk.Heard.Split(Implementation).Length);
    }
}
