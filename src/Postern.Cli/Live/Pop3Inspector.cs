using System.Collections.Immutable;
using Postern.Configuration.Settings;

namespace Postern.Cli.Live;

/// <summary>POP3: greeting and CAPA.</summary>
internal sealed class Pop3Inspector : BackendInspector
{
    private Pop3Inspector()
    {
    }

    public static Pop3Inspector Instance { get; } = new();

    public override string Name => "POP3";

    public override string Farewell => "QUIT";

    public override ImmutableArray<string> Questions(string hostName) => ["CAPA"];

    public override int ReplyLength(ReadOnlySpan<char> input, int reply)
    {
        int first = LineLength(input);
        if (first == 0)
            return 0;

        ReadOnlySpan<char> status = input[..first];
        if (!status.StartsWith("+OK") && !status.StartsWith("-ERR"))
            return -1;
        if (reply == 0 || status[0] == '-')
            return first;

        // RFC 2449 §5: a list ends with a line of one dot.
        int length = first;
        while (LineLength(input[length..]) is > 0 and int line)
        {
            ReadOnlySpan<char> text = input.Slice(length, line).TrimEnd("\r\n");
            length += line;
            if (text is ".")
                return length;
        }

        return 0;
    }

    public override bool Speaks(Transcript transcript) =>
        transcript.Greeting.StartsWith("+OK", StringComparison.Ordinal)
        && transcript.Lines(1) is [var status, ..] && status.StartsWith("+OK", StringComparison.Ordinal);

    public override IEnumerable<Finding> Judge(Transcript transcript, GateSettings gate)
    {
        ImmutableArray<string[]> capabilities = [.. transcript.Lines(1).Skip(1).Select(line => line.ToUpperInvariant().Split(' '))];
        bool login = capabilities.Any(words => words[0] == "USER" || (words[0] == "SASL" && words.Length > 1));
        if (!login)
            yield return DovecotSettings.LoginDisabled("offers neither USER nor SASL", gate);
        if (capabilities.Any(words => words[0] == "STLS"))
            yield return DovecotSettings.OffersStartTls("STLS", "pop3", gate);
    }
}
