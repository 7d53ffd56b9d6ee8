using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Conversations;

/// <summary>ldapsearch binds to OpenLDAP and finds an entry. Nobody greets: the client speaks first.</summary>
internal sealed class LdapConversation(Certificates certificates, SlapdRig slapd, SlapdRig secure) : Conversation
{
    public override string Protocol => "ldap";

    public override int Server(string back) => back switch { "plain" => slapd.Ldap, "implicit" => secure.Ldaps, _ => secure.Ldap };

    public override void Hold(Way way)
    {
        // The address, not localhost: libldap takes that for the machine's own name.
        string[] server = way.Front switch
        {
            "plain" => ["-H", $"ldap://127.0.0.1:{way.Port}"],
            "implicit" => ["-H", $"ldaps://127.0.0.1:{way.Port}"],
            _ => ["-H", $"ldap://127.0.0.1:{way.Port}", "-ZZ"],
        };
        ToolResult said = Tool.Run("env", ["LDAPTLS_CACERT=" + certificates.Authority, "LDAPTLS_REQCERT=demand", "ldapsearch", .. server, "-x", "-LLL", "-D", SlapdRig.Alice, "-w", "secret", "-b", SlapdRig.Base, "uid=alice", "mail"]);
        Assert.True(said.ExitCode == 0, said.Output);
        Assert.Contains("mail: alice@example.test", said.Output, StringComparison.Ordinal);
    }
}
