using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Postern.Protocols.Postgres;

internal enum StartupStatus
{
    NeedInput,
    Packet,

    /// <summary>No length that a first message has.</summary>
    Garbage,
}

/// <summary>
/// The one kind of message without a type byte: what a client may say first (PostgreSQL, "Message Formats"). A length that counts
/// itself, a code, and what belongs to it.
/// </summary>
/// <param name="Status">Whether there is a whole one.</param>
/// <param name="Code">What it asks for.</param>
/// <param name="Length">Its bytes.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct StartupPacket(StartupStatus Status, int Code, int Length)
{
    /// <summary>1234.5679: "SSL, please?"</summary>
    public const int SslRequest = 80877103;

    /// <summary>1234.5680: "GSSAPI encryption, please?"</summary>
    public const int GssEncRequest = 80877104;

    /// <summary>1234.5678: ends another session's query, on a connection of its own.</summary>
    public const int CancelRequest = 80877102;

    /// <summary>MAX_STARTUP_PACKET_LENGTH of PostgreSQL's own server, and the length itself.</summary>
    public const int MaxLength = 10_004;

    /// <summary>Both requests are a length and a code.</summary>
    public const int RequestLength = 8;

    private const int MajorVersion3 = 3;

    /// <summary>A StartupMessage of protocol 3, whatever its minor version.</summary>
    public bool IsStartup => Code >> 16 == MajorVersion3;

    public bool IsRequest(int code) => Code == code && Length == RequestLength;

    public static StartupPacket Read(ReadOnlySpan<byte> input)
    {
        if (input.Length < sizeof(int))
            return default;

        int length = BinaryPrimitives.ReadInt32BigEndian(input);
        if (length is < RequestLength or > MaxLength)
            return new StartupPacket(StartupStatus.Garbage, 0, 0);
        return input.Length < length
            ? default
            : new StartupPacket(StartupStatus.Packet, BinaryPrimitives.ReadInt32BigEndian(input[sizeof(int)..]), length);
    }
}
