using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Conversations;

/// <summary>curl logs in and reads the one mail there is: IMAP and POP3.</summary>
internal abstract class CurlConversation(Certificates certificates) : Conversation
{
    public const string User = "reader";
    public const string Text = "a mail for the reader";

    /// <summary>Of the mail, behind host and port of the URL.</summary>
    protected abstract string Path { get; }

    /// <summary>Whether a line is a greeting, whoever says it, and nothing else.</summary>
    protected abstract bool Greets(string line);

    /// <summary>One mail for <see cref="User"/> in the store of both servers.</summary>
    public static void Seed(Workplace place)
    {
        foreach (string store in (string[])["mail", "secure/mail"])
        {
            _ = place.Write($"{store}/{User}/Maildir/new/1.first.example", $"From: Alice <alice@example.test>\nSubject: seed\n\n{Text}\n");
            Tool.Must("chown", "-R", "nobody:nogroup", place.At($"{store}/{User}"));
        }
    }

    // The server that has no TLS waits for a PROXY header.
    public override string Keys(string back) => back == "plain" ? "proxy-protocol = \"v2\"" : "";

    public override void Hold(Way way)
    {
        string scheme = Protocol + (way.Front == "implicit" ? "s" : "");
        string[] tls = way.Front == "starttls" ? ["--ssl-reqd"] : [];
        ToolResult said = Tool.Run("curl", ["-sS", "-v", "--cacert", certificates.Authority, "--user", User + ":secret", .. tls, $"{scheme}://localhost:{way.Port}{Path}"]);
        Assert.True(said.ExitCode == 0, said.Output);
        Assert.Contains(Text, said.Output, StringComparison.Ordinal);

        // curl shows what it heard behind "< ".
        string greeting = Assert.Single(said.Output.Split('\n'), line => line.StartsWith("< ", StringComparison.Ordinal) && Greets(line[2..]));
        Assert.Contains(way.GateGreets ? Way.GateHost : "Dovecot", greeting, StringComparison.Ordinal);
    }
}
