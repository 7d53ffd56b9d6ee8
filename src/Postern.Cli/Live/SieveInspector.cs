using System.Collections.Immutable;
using Postern.Configuration.Settings;

namespace Postern.Cli.Live;

/// <summary>ManageSieve (RFC 5804): its greeting says all that there is to know.</summary>
internal sealed class SieveInspector : BackendInspector
{
    private SieveInspector()
    {
    }

    public static SieveInspector Instance { get; } = new();

    public override string Name => "ManageSieve";

    public override string Farewell => "LOGOUT";

    // NOOP (§2.13) shows whether the backend is in step, or still answers a PROXY header that it took for a command.
    public override ImmutableArray<string> Questions(string hostName) => ["NOOP"];

    public override int ReplyLength(ReadOnlySpan<char> input, int reply)
    {
        int length = 0;
        while (LineLength(input[length..]) is > 0 and int line)
        {
            ReadOnlySpan<char> text = input.Slice(length, line);
            length += line;
            if (IsStatus(text))
                return length;
            if (text[0] != '"' && text[0] != '{')
                return -1;
        }

        return 0;
    }

    public override bool Speaks(Transcript transcript) =>
        transcript.Lines(0) is [.., ['O', 'K', ..]] && transcript.Lines(1) is [.., ['O', 'K', ..]];

    public override IEnumerable<Finding> Judge(Transcript transcript, GateSettings gate)
    {
        bool startTls = false;
        string? mechanisms = null;
        foreach (string line in transcript.Lines(0))
        {
            string[] strings = line.Split('"');
            if (strings.Length < 3)
                continue;
            startTls |= strings[1].Equals("STARTTLS", StringComparison.OrdinalIgnoreCase);
            if (strings[1].Equals("SASL", StringComparison.OrdinalIgnoreCase))
                mechanisms = strings.Length > 3 ? strings[3] : "";
        }

        if (string.IsNullOrWhiteSpace(mechanisms))
            yield return DovecotSettings.LoginDisabled("offers no SASL mechanism", gate);
        if (startTls)
            yield return DovecotSettings.OffersStartTls("STARTTLS", "sieve", gate);
    }

    private static bool IsStatus(ReadOnlySpan<char> line) =>
        Is(line, "OK") || Is(line, "NO") || Is(line, "BYE");

    private static bool Is(ReadOnlySpan<char> line, string word) =>
        line.StartsWith(word, StringComparison.OrdinalIgnoreCase) && line.Length > word.Length && line[word.Length] is ' ' or '\r' or '\n';
}
