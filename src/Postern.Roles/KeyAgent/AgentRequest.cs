using System.Buffers.Binary;

namespace Postern.Roles.KeyAgent;

/// <summary>What is asked for.</summary>
public enum RequestKind : ushort
{
    /// <summary>A signature (<see cref="SigningRequest"/>).</summary>
    Sign = 1,

    /// <summary>The session ticket keys of a gate for a slice of time (<see cref="TicketRequest"/>).</summary>
    TicketKeys = 2,
}

/// <summary>How an answer begins behind its number; what was asked for follows when it is <see cref="Done"/>.</summary>
public enum AgentOutcome : byte
{
    Done = 0,

    /// <summary>Not a request: too short, too long, of no kind.</summary>
    Malformed = 1,

    /// <summary>No key has that number.</summary>
    UnknownKey = 2,

    /// <summary>Not a message that TLS has somebody sign, or not so.</summary>
    NotTls = 3,

    /// <summary>The key is of another type, or OpenSSL refused.</summary>
    Failed = 4,

    /// <summary>A server's message and a key for clients, or the other way round.</summary>
    WrongUse = 5,

    /// <summary>No gate, or no route of it, has that number.</summary>
    UnknownGate = 6,

    /// <summary>Ticket keys of a time that is gone, or has not come.</summary>
    WrongSlice = 7,

    /// <summary>The token that has the key does not sign.</summary>
    TokenFailed = 8,
}

/// <summary>
/// What every request begins with: a number of the asker's choice, which the answer repeats, and its kind
/// (docs/protocol/keys.md). By the number one socket can have several requests under way, and an answer that nobody
/// waits for any more is known.
/// </summary>
public readonly ref struct AgentRequest
{
    public const int HeaderSize = 6;
    public const int MaxSize = HeaderSize + SigningRequest.MaxSize;

    /// <summary>The number, and the outcome.</summary>
    public const int AnswerHeaderSize = 5;
    public const int MaxAnswer = AnswerHeaderSize + SigningRequest.MaxAnswer;

    private AgentRequest(RequestKind kind, ReadOnlySpan<byte> body)
    {
        Kind = kind;
        Body = body;
    }

    public RequestKind Kind { get; }

    public ReadOnlySpan<byte> Body { get; }

    /// <summary>False when these bytes are no request; the number is read where there is one, so that the answer finds its way.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out uint number, out AgentRequest request)
    {
        number = bytes.Length < sizeof(uint) ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        request = default;
        if (bytes.Length is < HeaderSize or > MaxSize)
            return false;

        request = new AgentRequest((RequestKind)BinaryPrimitives.ReadUInt16LittleEndian(bytes[sizeof(uint)..]), bytes[HeaderSize..]);
        return true;
    }

    public static void WriteHeader(uint number, RequestKind kind, Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, number);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[sizeof(uint)..], (ushort)kind);
    }

    public static void WriteAnswerHeader(uint number, AgentOutcome outcome, Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, number);
        bytes[sizeof(uint)] = (byte)outcome;
    }

    /// <summary>False when this is the answer to another request.</summary>
    public static bool TryReadAnswer(ReadOnlySpan<byte> bytes, uint number, out AgentOutcome outcome)
    {
        outcome = AgentOutcome.Malformed;
        if (bytes.Length < AnswerHeaderSize || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != number)
            return false;

        outcome = (AgentOutcome)bytes[sizeof(uint)];
        return true;
    }
}
