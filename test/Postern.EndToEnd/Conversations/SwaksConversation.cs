using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Conversations;

/// <summary>swaks delivers a mail, and it lies in its mailbox: SMTP, submission, LMTP.</summary>
internal abstract class SwaksConversation(Certificates certificates) : Conversation
{
    /// <summary>What swaks has to know besides server, addresses and TLS.</summary>
    protected abstract string[] Options { get; }

    /// <summary>The directory of a user's new mail.</summary>
    protected abstract string Mailbox(string back, string user);

    /// <summary>How the server's own greeting begins.</summary>
    protected abstract string Greeting { get; }

    public override void Hold(Way way)
    {
        foreach (bool inside in way.Sessions)
            Deliver(way, inside);
    }

    private void Deliver(Way way, bool inside)
    {
        string user = way.Name + (inside ? "-inside" : "-clear");
        string[] tls = inside ? [way.Front == "implicit" ? "--tlsc" : "--tls", "--tls-verify", "--tls-ca-path", certificates.Authority] : [];
        ToolResult said = Tool.Run("swaks", ["--server", $"localhost:{way.Port}", "--from", "stranger@example.org", "--to", user + "@example.test", "--helo", "client.example", "--body", "by " + way.Name, .. Options, .. tls]);
        Assert.True(said.ExitCode == 0, said.Output);

        // "<-" is what swaks hears in the clear, "<~" what it hears inside TLS; another 220 is the answer to STARTTLS.
        string greeting = Assert.Single(said.Output.Split('\n'), line => line is ['<', '-' or '~', ' ', ' ', '2', '2', '0', ' ', ..] && !line[4..].StartsWith("220 2.0.0 ", StringComparison.Ordinal))[4..];
        Assert.StartsWith(way.GateGreets ? "220 " + Way.GateHost : Greeting, greeting, StringComparison.Ordinal);
        string directory = Mailbox(way.Back, user);
        Workplace.WaitFor(
            () => Directory.Exists(directory) && Directory.EnumerateFiles(directory).Any(file => File.ReadAllText(file).Contains("by " + way.Name, StringComparison.Ordinal)),
            () => "no mail in " + directory);
    }
}
