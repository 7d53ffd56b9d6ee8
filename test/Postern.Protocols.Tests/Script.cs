using System.Globalization;
using System.Text;
using Postern.Fuzz;

namespace Postern.Protocols.Tests;

/// <summary>One turn: what the peer says in one piece, and what is answered.</summary>
internal sealed record Turn(byte[] Heard, byte[] Said);

/// <summary>A dialogue as text; the format is described in test/Dialogues/README.md.</summary>
internal sealed class Script
{
    private readonly List<Turn> _turns = [];

    private Script(Target target) => Target = target;

    public Target Target { get; }

    public IReadOnlyList<Turn> Turns => _turns;

    /// <summary>All that the peer says.</summary>
    public byte[] Heard => [.. _turns.SelectMany(turn => turn.Heard)];

    /// <summary>All that we answer.</summary>
    public byte[] Said => [.. _turns.SelectMany(turn => turn.Said)];

    public Verdict Verdict { get; private set; }

    public Refusal Refusal { get; private set; }

    /// <summary>What is left unread at the end.</summary>
    public byte[] Unread { get; private set; } = [];

    /// <summary>What the client hears of a refusing backend; null where the script does not say.</summary>
    public byte[]? PassedOn { get; private set; }

    /// <summary>What an extension probe learned; null where the script does not say.</summary>
    public string? Extensions { get; private set; }

    public static Script Read(string path)
    {
        var script = new Script(Target.Find(Path.GetFileName(Path.GetDirectoryName(path))!));
        char peer = script.Target.Side == Side.FacingClient ? 'C' : 'S';
        var heard = new List<byte>();
        var said = new List<byte>();
        bool ended = false;

        foreach (string line in File.ReadAllText(path).Split('\n'))
        {
            if (line.Length == 0 || line[0] == '#')
                continue;
            if (line.StartsWith("= ", StringComparison.Ordinal))
            {
                ended |= script.TakeEnd(line[2..]);
                continue;
            }

            if (line.Length < 2 || line[0] is not ('C' or 'S') || line[1] is not (':' or '~'))
                throw new FormatException($"{path}: not a line of a script: {line}");

            string text = line.Length > 3 ? line[3..] : "";
            byte[] bytes = [.. Bytes(text), .. line[1] == ':' ? "\r\n"u8.ToArray() : []];
            if (line[0] != peer)
            {
                said.AddRange(bytes);
                continue;
            }

            // The peer speaks again after an answer: a new turn.
            if (said.Count > 0)
            {
                script._turns.Add(new Turn([.. heard], [.. said]));
                heard.Clear();
                said.Clear();
            }

            heard.AddRange(bytes);
        }

        if (!ended)
            throw new FormatException($"{path}: the script does not say how it ends.");
        script._turns.Add(new Turn([.. heard], [.. said]));
        return script;
    }

    /// <summary>True when the line says the verdict.</summary>
    private bool TakeEnd(string text)
    {
        int space = text.IndexOf(' ');
        string word = space < 0 ? text : text[..space];
        string rest = space < 0 ? "" : text[(space + 1)..];
        switch (word)
        {
            case "unread":
                Unread = Bytes(rest);
                return false;
            case "passed-on":
                PassedOn = Bytes(rest);
                return false;
            case "extensions":
                Extensions = rest;
                return false;
            case "refuse":
                Verdict = Verdict.Refuse;
                Refusal = Enum.Parse<Refusal>(rest.Replace("-", ""), ignoreCase: true);
                return true;
            default:
                Verdict = word switch
                {
                    "start-tls" => Verdict.StartTls,
                    "relay" => Verdict.Relay,
                    "finished" => Verdict.Finished,
                    "direct-tls" => Verdict.DirectTls,
                    "wait" => Verdict.NeedInput,
                    _ => throw new FormatException($"Not an end: {text}"),
                };
                return true;
        }
    }

    /// <summary>Text of a script as bytes.</summary>
    public static byte[] Bytes(string text)
    {
        var bytes = new List<byte>();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(text, i, 1));
                continue;
            }

            switch (text[++i])
            {
                case 'r':
                    bytes.Add((byte)'\r');
                    break;
                case 'n':
                    bytes.Add((byte)'\n');
                    break;
                case '0':
                    bytes.Add(0);
                    break;
                case '\\':
                    bytes.Add((byte)'\\');
                    break;
                case 'x':
                    bytes.Add(byte.Parse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier));
                    i += 2;
                    break;
                case '[':
                    int end = text.IndexOf(']', i);
                    string[] parts = text[(i + 1)..end].Split(' ', 2);
                    for (int n = int.Parse(parts[0]); n > 0; n--)
                        bytes.AddRange(Bytes(parts[1]));
                    i = end;
                    break;
                default:
                    throw new FormatException($"Not an escape: {text}");
            }
        }

        return [.. bytes];
    }
}
