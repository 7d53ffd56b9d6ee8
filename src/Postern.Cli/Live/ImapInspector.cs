using System.Collections.Immutable;
using Postern.Configuration.Settings;

namespace Postern.Cli.Live;

/// <summary>IMAP: greeting and CAPABILITY.</summary>
internal sealed class ImapInspector : BackendInspector
{
    private const string Tag = "p1";

    private ImapInspector()
    {
    }

    public static ImapInspector Instance { get; } = new();

    public override string Name => "IMAP";

    public override string Farewell => "p2 LOGOUT";

    public override ImmutableArray<string> Questions(string hostName) => [Tag + " CAPABILITY"];

    public override int ReplyLength(ReadOnlySpan<char> input, int reply)
    {
        int length = 0;
        while (LineLength(input[length..]) is > 0 and int line)
        {
            ReadOnlySpan<char> text = input.Slice(length, line);
            length += line;
            if (reply == 0)
                return text.StartsWith("* ") ? length : -1;
            if (text.StartsWith(Tag + " "))
                return length;
        }

        return 0;
    }

    // A tagged line that is not ours answers something that we did not say: the PROXY header, taken for a command.
    public override bool Speaks(Transcript transcript) =>
        IsGreeting(transcript.Greeting)
        && transcript.Lines(1) is [.. ImmutableArray<string> untagged, var last]
        && last.StartsWith(Tag + " OK", StringComparison.OrdinalIgnoreCase)
        && untagged.All(line => line.StartsWith("* ", StringComparison.Ordinal) && !line.StartsWith("* BAD", StringComparison.OrdinalIgnoreCase));

    public override IEnumerable<Finding> Judge(Transcript transcript, GateSettings gate)
    {
        if (transcript.Greeting.StartsWith("* PREAUTH", StringComparison.OrdinalIgnoreCase))
        {
            yield return Finding.Error(
                "greets with PREAUTH: whoever connects is logged in already, and posternd refuses such a backend; give its imap service a port that asks for a login");
            yield break;
        }

        HashSet<string> capabilities = transcript.Lines(1)
            .Where(line => line.StartsWith("* CAPABILITY ", StringComparison.OrdinalIgnoreCase))
            .SelectMany(line => line.ToUpperInvariant().Split(' ')).ToHashSet(StringComparer.Ordinal);

        if (capabilities.Contains("LOGINDISABLED"))
            yield return DovecotSettings.LoginDisabled("says LOGINDISABLED", gate);
        if (capabilities.Contains("STARTTLS"))
            yield return DovecotSettings.OffersStartTls("STARTTLS", "imap", gate);
    }

    private static bool IsGreeting(string line) =>
        line.StartsWith("* OK", StringComparison.OrdinalIgnoreCase) || line.StartsWith("* PREAUTH", StringComparison.OrdinalIgnoreCase);
}
