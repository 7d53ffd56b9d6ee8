using System.Text;
using Postern.Fuzz;
using Postern.Protocols.Smtp;
using Postern.Protocols.Smtp.Outbound;

namespace Postern.Protocols.Tests.Outbound;

/// <summary>One thing that happens, and what comes of it.</summary>
/// <param name="What">client, hop, or the line behind a plus.</param>
/// <param name="Bytes">What a side says in it.</param>
internal sealed record OutboundEvent(string What, byte[] Bytes)
{
    public List<byte> ToClient { get; } = [];

    public List<byte> ToHop { get; } = [];

    public List<string> Actions { get; } = [];
}

/// <summary>A session between a client, the gate and next hops, as text; the format is described in test/Dialogues/README.md.</summary>
internal sealed class OutboundScript
{
    private OutboundScript(OutboundSettings settings, bool afterHello)
    {
        Settings = settings;
        AfterHello = afterHello;
    }

    public List<OutboundEvent> Events { get; } = [];

    private OutboundSettings Settings { get; }

    private bool AfterHello { get; }

    public static OutboundScript Read(string path)
    {
        string[] lines = [.. File.ReadAllText(path).Split('\n').Where(line => line.Length > 0 && line[0] != '#')];
        string[] heads = [.. lines.Where(line => line[0] == '%')];
        var settings = new OutboundSettings(Target.HostName, heads.Contains("% inside-tls"), Greets: !heads.Contains("% no-greeting"))
        {
            ReportSender = heads.Select(head => head.Split(' ')).FirstOrDefault(words => words[1] == "reports-from")?[2] ?? "",
        };
        var script = new OutboundScript(settings, heads.Contains("% after-hello"));
        if (!script.AfterHello)
            script.Events.Add(new OutboundEvent("client", []));
        foreach (string line in lines[heads.Length..])
            script.Add(path, line);
        return script;
    }

    /// <summary>A session that stands where the script begins.</summary>
    public OutboundTalk Begin(int spare = 4096)
    {
        var talk = new OutboundTalk(Settings, spare);
        if (!AfterHello)
            return talk;
        talk.Client([]);
        talk.Client("EHLO client.example\r\n"u8);
        talk.ToClient.Clear();
        return talk;
    }

    /// <summary>Lets an event happen; what a side says comes in these pieces.</summary>
    public static void Play(OutboundTalk talk, OutboundEvent happening, IEnumerable<byte[]> pieces)
    {
        string[] words = happening.What.Split(' ');
        switch (words[0])
        {
            case "client":
                foreach (byte[] piece in pieces)
                    talk.Client(piece);
                break;
            case "hop":
                foreach (byte[] piece in pieces)
                    talk.Hop(piece);
                break;
            case "found":
                talk.Found(Hop(words[1], words[2..]));
                break;
            case "failed":
                talk.Failed(new OutboundRefusal(int.Parse(words[1]), words[2], string.Join(' ', words[3..])));
                break;
            case "hop-gone":
                talk.HopGone(HopEnd.Closed);
                break;
            case "hop-late":
                talk.HopGone(HopEnd.TimedOut);
                break;
            case "client-gone":
                talk.ClientGone();
                break;
            default:
                throw new FormatException($"Nothing that happens: {happening.What}");
        }
    }

    private static NextHop Hop(string host, string[] words)
    {
        SmtpExtensions extensions = SmtpExtensions.None;
        foreach (string word in words)
        {
            extensions |= word switch
            {
                "pipelining" => SmtpExtensions.Pipelining,
                "8bitmime" => SmtpExtensions.EightBitMime,
                "smtputf8" => SmtpExtensions.SmtpUtf8,
                "size" => SmtpExtensions.Size,
                "requiretls" => SmtpExtensions.RequireTls,
                "tls" or "authenticated" => SmtpExtensions.None,
                _ => throw new FormatException($"Nothing that a hop has: {word}"),
            };
        }

        return new NextHop(host, extensions) { InsideTls = words.Contains("tls"), MayRequireTls = words.Contains("authenticated") };
    }

    private void Add(string path, string line)
    {
        string text = line.Length > 3 ? line[3..] : "";
        byte[] bytes = line[1] is ':' or '~' ? [.. Script.Bytes(text), .. line[1] == ':' ? "\r\n"u8.ToArray() : []] : [];
        OutboundEvent? last = Events.LastOrDefault();
        switch (line[..2])
        {
            case "C:" or "C~":
                Say("client", bytes);
                break;
            case "<:" or "<~":
                Say("hop", bytes);
                break;
            case "+ ":
                Events.Add(new OutboundEvent(line[2..], []));
                break;
            case "S:":
                last!.ToClient.AddRange(bytes);
                break;
            case ">:" or ">~":
                last!.ToHop.AddRange(bytes);
                break;
            case "= " when line.StartsWith("= refuse ", StringComparison.Ordinal):
                last!.Actions.Add($"refuse {Enum.Parse<Refusal>(line[9..].Replace("-", ""), ignoreCase: true)}");
                break;
            case "= ":
                last!.Actions.Add(line[2..]);
                break;
            default:
                throw new FormatException($"{path}: not a line of a script: {line}");
        }
    }

    /// <summary>Lines that stand together come in one piece.</summary>
    private void Say(string who, byte[] bytes)
    {
        OutboundEvent? last = Events.LastOrDefault();
        if (last?.What == who && last.Bytes.Length > 0 && last.ToClient.Count + last.ToHop.Count + last.Actions.Count == 0)
            Events[^1] = last with { Bytes = [.. last.Bytes, .. bytes] };
        else
            Events.Add(new OutboundEvent(who, bytes));
    }
}
