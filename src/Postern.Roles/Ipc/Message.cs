using System.Buffers.Binary;
using System.Text;

namespace Postern.Roles.Ipc;

/// <summary>What the supervisor and its roles say to each other (docs/protocol/roles.md).</summary>
public enum MessageKind : ushort
{
    /// <summary>Supervisor, first: <see cref="Message.Number"/> is the scoreboard slot; descriptors: snapshot, the scoreboard's directory, the slot, log, key agent, dialer. For a key agent: its keys; for a dialer: the backends.</summary>
    Setup = 1,

    /// <summary>Supervisor, after <see cref="Setup"/>, as often as needed: listeners, and the gate that each belongs to.</summary>
    Listeners = 2,

    /// <summary>Supervisor: everything has been handed over; get ready.</summary>
    Go = 3,

    /// <summary>I could begin, and have given up all rights that I do not need for it.</summary>
    Ready = 4,

    /// <summary>Worker: I cannot; <see cref="Message.Text"/> says why.</summary>
    Failed = 5,

    /// <summary>Supervisor: accept no more, and end when the last connection has. To a resolver: send no more reports.</summary>
    Drain = 6,

    /// <summary>Supervisor to key agent or dialer: an end of a pair, whose other end a worker has; as often as <see cref="Message.Number"/> says, one descriptor for each thread that is to serve it.</summary>
    Client = 7,

    /// <summary>Supervisor to worker: the way to a new key agent; the one before died.</summary>
    Keys = 8,

    /// <summary>Key agent or dialer: a request was refused; <see cref="Message.Number"/> is the key agent's outcome.</summary>
    Refused = 9,

    /// <summary>Supervisor to worker: the way to a new dialer; the one before died.</summary>
    Dialer = 10,

    /// <summary>Supervisor to worker and resolver: accept, or send reports. All workers of its generation are ready.</summary>
    Accept = 11,

    /// <summary>Supervisor to worker: other workers' slots of the scoreboard, to be read, and their numbers.</summary>
    Slots = 12,

    /// <summary>Supervisor to porter: the way to a new nursery; the one before died or was renewed.</summary>
    Nursery = 13,

    /// <summary>Porter to nursery: <see cref="Message.Number"/> more rooms, please.</summary>
    Fork = 14,

    /// <summary>Nursery to porter: <see cref="Message.Number"/> is a room's pid, the descriptor the way to it; or minus errno.</summary>
    Born = 15,

    /// <summary>Porter to nursery: end this room, which does what no room does.</summary>
    Kill = 16,

    /// <summary>A role, after <see cref="Ready"/>: <see cref="Message.Text"/> is for the operator, now.</summary>
    Alarm = 17,

    /// <summary>Supervisor to resolver: nothing is to be known of the domain in <see cref="Message.Text"/> any more.</summary>
    Forget = 18,

    /// <summary>Supervisor to resolver: two ways to a new recorder, for decisions and for reports; the one before died.</summary>
    Recorder = 19,

    /// <summary>Supervisor to worker: the way to a new resolver; the one before died.</summary>
    Resolver = 20,

    /// <summary>A role, after <see cref="Ready"/>: <see cref="Message.Text"/> is for the log.</summary>
    Note = 21,
}

/// <summary>
/// One message: always <see cref="Size"/> bytes, so that a reader knows what to expect. Kind, count, number, seed, then
/// either text or numbers.
/// </summary>
public sealed record Message(MessageKind Kind)
{
    public const int Size = 1024;

    private const int HeaderSize = 16;
    /// <summary>ASCII has room for so much, and any other text for a third of it.</summary>
    private const int MaxText = Size - HeaderSize;

    private const int MaxNumbers = (Size - HeaderSize) / sizeof(ushort);

    /// <summary>A scoreboard slot, an outcome, or a number of threads.</summary>
    public int Number { get; init; }

    /// <summary>The seed of the client counters.</summary>
    public ulong Seed { get; init; }

    /// <summary>For <see cref="MessageKind.Failed"/>; cut to what fits.</summary>
    public string Text { get; init; } = "";

    /// <summary>For <see cref="MessageKind.Listeners"/> and <see cref="MessageKind.Slots"/>: the gate, or the slot, of each descriptor.</summary>
    public IReadOnlyList<int> Numbers { get; init; } = [];

    private static bool HasNumbers(MessageKind kind) => kind is MessageKind.Listeners or MessageKind.Slots;

    public void Write(Span<byte> message)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(message.Length, Size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Numbers.Count, MaxNumbers);
        message.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(message, (ushort)Kind);
        BinaryPrimitives.WriteInt32LittleEndian(message[4..], Number);
        BinaryPrimitives.WriteUInt64LittleEndian(message[8..], Seed);
        Span<byte> body = message[HeaderSize..];
        int count = Numbers.Count;
        if (HasNumbers(Kind))
        {
            for (int i = 0; i < count; i++)
                BinaryPrimitives.WriteUInt16LittleEndian(body[(i * sizeof(ushort))..], (ushort)Numbers[i]);
        }
        else
        {
            ReadOnlySpan<char> cut = Text.AsSpan(0, Math.Min(Text.Length, MaxText));
            if (!Encoding.UTF8.TryGetBytes(cut, body, out count))
                _ = Encoding.UTF8.TryGetBytes(cut[..Math.Min(cut.Length, MaxText / 3)], body, out count);
        }

        BinaryPrimitives.WriteUInt16LittleEndian(message[2..], (ushort)count);
    }

    /// <summary>Null when this is no message of ours.</summary>
    public static Message? Read(ReadOnlySpan<byte> message)
    {
        if (message.Length != Size)
            return null;

        var kind = (MessageKind)BinaryPrimitives.ReadUInt16LittleEndian(message);
        if (!Enum.IsDefined(kind))
            return null;

        int count = BinaryPrimitives.ReadUInt16LittleEndian(message[2..]);
        ReadOnlySpan<byte> body = message[HeaderSize..];
        int[] numbers = [];
        string text = "";
        if (HasNumbers(kind))
        {
            if (count > MaxNumbers)
                return null;
            numbers = new int[count];
            for (int i = 0; i < count; i++)
                numbers[i] = BinaryPrimitives.ReadUInt16LittleEndian(body[(i * sizeof(ushort))..]);
        }
        else if (count <= body.Length)
        {
            text = Encoding.UTF8.GetString(body[..count]);
        }

        return new Message(kind)
        {
            Number = BinaryPrimitives.ReadInt32LittleEndian(message[4..]),
            Seed = BinaryPrimitives.ReadUInt64LittleEndian(message[8..]),
            Text = text,
            Numbers = numbers,
        };
    }
}
