using System.Collections.Immutable;
using System.Text;
using Postern.Protocols;
using Postern.Protocols.Smtp;
using Postern.Protocols.Smtp.Outbound;

namespace Postern.Fuzz;

/// <summary>
/// A session between a client, the gate and next hops, all of whose words are the input: a byte from 1 to 6 says whose turn it is.
/// </summary>
internal static class OutboundTarget
{
    private const byte Client = 1;
    private const byte Hop = 2;
    private const byte Found = 3;
    private const byte Failed = 4;
    private const byte HopGone = 5;
    private const byte ClientGone = 6;

    public static ImmutableArray<Target> All { get; } =
    [
        new("smtp-outbound", Side.FacingClient, () => throw new InvalidOperationException("a session is no dialogue")) { Read = Read },
    ];

    private static Outcome Read(byte[] input)
    {
        OutboundTalk whole = Play(input, byteByByte: false, spare: 4096);
        Hold(whole, Play(input, byteByByte: true, spare: 4096), "a byte at a time it is the same");
        Hold(whole, Play(input, byteByByte: false, spare: 0), "with little room it is the same");

        CheckReplies([.. whole.ToClient]);
        foreach (byte[] heard in whole.Hops)
            Hold(Dots(heard, strict: true) == Dots(heard, strict: false), "no reader sees an end of data where another sees none");
        return new Outcome(whole.HasEnded ? Verdict.Finished : Verdict.NeedInput, Refusal.None, whole.ToHop.Count, input.Length, Shape(whole));
    }

    private static OutboundTalk Play(byte[] input, bool byteByByte, int spare)
    {
        var talk = new OutboundTalk(new OutboundSettings(Target.HostName, InsideTls: true), spare);
        talk.Client([]);
        byte turn = Client;
        int at = 0;
        while (at < input.Length)
        {
            int end = at;
            while (end < input.Length && input[end] is < Client or > ClientGone)
                end++;
            Happen(talk, turn, input.AsSpan(at, end - at), byteByByte);
            if (end < input.Length)
                turn = input[end];
            at = end + 1;
            if (at == input.Length && turn > Hop)
                Happen(talk, turn, [], byteByByte);
        }

        talk.ClientGone();
        return talk;
    }

    private static void Happen(OutboundTalk talk, byte turn, ReadOnlySpan<byte> words, bool byteByByte)
    {
        switch (turn)
        {
            // An answer that stands in one piece with the one before it may come before its question; behind it, it does not.
            case Client or Hop:
                int singly = !byteByByte ? 0 : turn == Client ? words.Length : Math.Max(0, words.IndexOf((byte)'\n'));
                foreach (byte value in words[..singly])
                    Say(talk, turn, [value]);
                Say(talk, turn, words[singly..]);
                break;
            case Found:
                byte flags = words.IsEmpty ? (byte)0x3f : words[0];
                talk.Found(new NextHop("mx.example.org", (SmtpExtensions)(flags & 0x3e)) { InsideTls = (flags & 1) != 0, MayRequireTls = (flags & 0x40) != 0 });
                break;
            case Failed:
                talk.Failed(new OutboundRefusal(451, "4.4.3", Encoding.Latin1.GetString(words)));
                break;
            case HopGone:
                talk.HopGone(words.IsEmpty ? HopEnd.Closed : HopEnd.TimedOut);
                break;
            default:
                talk.ClientGone();
                break;
        }
    }

    private static void Say(OutboundTalk talk, byte turn, ReadOnlySpan<byte> words)
    {
        if (talk.HasEnded)
            return;
        if (turn == Client)
            talk.Client(words);
        else
            talk.Hop(words);
    }

    private static void Hold(OutboundTalk one, OutboundTalk other, string promise) =>
        Hold(one.ToClient.SequenceEqual(other.ToClient) && one.ToHop.SequenceEqual(other.ToHop) && one.Actions.SequenceEqual(other.Actions),
            $"{promise}: \"{Escaped.Of([.. one.ToClient])}\" \"{Escaped.Of([.. one.ToHop])}\" {string.Join(", ", one.Actions)}, and "
            + $"\"{Escaped.Of([.. other.ToClient])}\" \"{Escaped.Of([.. other.ToHop])}\" {string.Join(", ", other.Actions)}");

    /// <summary>Whatever a hop said, the client hears replies of SMTP.</summary>
    private static void CheckReplies(byte[] said)
    {
        string text = Encoding.Latin1.GetString(said);
        Hold(text.EndsWith("\r\n", StringComparison.Ordinal), "replies are whole");
        foreach (string line in text[..^2].Split("\r\n"))
        {
            Hold(line.Length >= 4 && line[..3].All(char.IsAsciiDigit) && line[3] is ' ' or '-', $"a reply has a code: {line}");
            Hold(line.All(letter => letter is >= ' ' and <= '~'), "a reply is printable");
        }
    }

    /// <summary>How many lines are one dot: by the book, or for whoever takes any CR and any LF for the end of a line and drops NULs.</summary>
    private static int Dots(byte[] heard, bool strict)
    {
        string text = Encoding.Latin1.GetString(heard);
        string[] lines = strict ? text.Split("\r\n") : text.Replace("\0", "", StringComparison.Ordinal).Split('\r', '\n');
        return lines[..^1].Count(line => line == ".");
    }

    /// <summary>What tells one behaviour from another: codes, verbs, actions.</summary>
    private static byte[] Shape(OutboundTalk talk)
    {
        var shape = new StringBuilder();
        foreach (string line in Encoding.Latin1.GetString([.. talk.ToClient]).Split("\r\n").Where(line => line.Length > 3))
            _ = shape.Append((char)('A' + (line[0] - '0'))).Append((char)('A' + (line[1] - '0'))).Append((char)('A' + (line[2] - '0'))).Append('\n');
        foreach (string line in Encoding.Latin1.GetString([.. talk.ToHop]).Split("\r\n"))
            _ = shape.Append(line.AsSpan(0, Math.Min(1, line.Length)));
        foreach (string action in talk.Actions)
            _ = shape.Append(action[..3].ToUpperInvariant()).Append('\n');
        return Encoding.ASCII.GetBytes(shape.ToString());
    }

    private static void Hold(bool holds, string promise)
    {
        if (!holds)
            throw new InvalidOperationException("does not hold: " + promise);
    }
}
