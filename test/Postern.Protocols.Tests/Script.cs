using System.Text;

namespace Postern.Protocols.Tests;

/// <summary>A dialogue as a text file (test/Dialogues/README.md): what the other side sends, what we are to say, how it ends.</summary>
internal sealed class Script
{
    private Script(string name) => Name = name;

    public string Name { get; }

    /// <summary>All bytes of the other side, in order.</summary>
    public byte[] Input { get; private set; } = [];

    /// <summary>All bytes of ours.</summary>
    public byte[] Output { get; private set; } = [];

    public Verdict Verdict { get; private set; }

    public Refusal Refusal { get; private set; }

    /// <summary>What is left unread when a relay begins.</summary>
    public byte[] Unread { get; private set; } = [];

    public static IEnumerable<string> Names(string group) =>
        Directory.EnumerateFiles(Folder(group), "*.txt").Select(path => Path.GetFileNameWithoutExtension(path)!).Order(StringComparer.Ordinal);

    public static Script Read(string group, string name)
    {
        var script = new Script(name);
        using var input = new MemoryStream();
        using var output = new MemoryStream();
        bool ended = false;
        foreach (string line in File.ReadLines(Path.Combine(Folder(group), name + ".txt")))
        {
            if (line.Length == 0 || line.StartsWith('#'))
                continue;

            string text = line.Length > 3 ? line[3..] : "";
            switch (line.Length >= 2 ? line[..2] : line)
            {
                case "C:":
                    input.Write(Bytes(text + "\\r\\n"));
                    break;
                case "C~":
                    input.Write(Bytes(text));
                    break;
                case "S:":
                    output.Write(Bytes(text + "\\r\\n"));
                    break;
                case "= ":
                    script.End(line[2..].Split(' ', 3));
                    ended = true;
                    break;
                default:
                    throw new FormatException($"{group}/{name}: {line}");
            }
        }

        if (!ended)
            throw new FormatException($"{group}/{name} does not say how it ends");
        script.Input = input.ToArray();
        script.Output = output.ToArray();
        return script;
    }

    private void End(string[] words)
    {
        Verdict = words[0] switch
        {
            "wait" => Verdict.NeedInput,
            "start-tls" => Verdict.StartTls,
            "relay" => Verdict.Relay,
            "refuse" => Verdict.Refuse,
            "finished" => Verdict.Finished,
            _ => throw new FormatException($"{Name}: = {words[0]}"),
        };
        if (Verdict == Verdict.Refuse)
            Refusal = Enum.Parse<Refusal>(words[1].Replace("-", "", StringComparison.Ordinal), ignoreCase: true);
        if (Verdict == Verdict.Relay && words.Length > 1)
            Unread = Bytes(string.Join(' ', words[1..]));
    }

    private static string Folder(string group) => Path.Combine(AppContext.BaseDirectory, "Dialogues", group);

    private static byte[] Bytes(string text)
    {
        var bytes = new List<byte>();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                bytes.AddRange(Encoding.Latin1.GetBytes(text[i].ToString()));
                continue;
            }

            char escape = text[++i];
            switch (escape)
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
                case 'x':
                    bytes.Add(Convert.ToByte(text.Substring(i + 1, 2), 16));
                    i += 2;
                    break;
                case '*':
                    // \*N*TEXT*: TEXT, N times over.
                    string[] parts = text[(i + 1)..].Split('*', 3);
                    for (int n = int.Parse(parts[0]); n > 0; n--)
                        bytes.AddRange(Bytes(parts[1]));
                    i += parts[0].Length + parts[1].Length + 2;
                    break;
                default:
                    bytes.Add((byte)escape);
                    break;
            }
        }

        return [.. bytes];
    }
}
