using System.Buffers.Binary;

namespace Postern.Protocols.Postgres;

/// <summary>How a server says no (PostgreSQL, "Error and Notice Message Fields"): severity, SQLSTATE, a sentence.</summary>
internal static class ErrorResponse
{
    // SQLSTATE, PostgreSQL's appendix A.
    public static ReadOnlySpan<byte> ProtocolViolation => "08P01"u8;

    public static ReadOnlySpan<byte> ConnectionFailure => "08006"u8;

    public static ReadOnlySpan<byte> InvalidAuthorization => "28000"u8;

    public static ReadOnlySpan<byte> TooManyConnections => "53300"u8;

    public static ReadOnlySpan<byte> CannotConnectNow => "57P03"u8;

    /// <param name="state">Five letters.</param>
    /// <param name="message">Without a NUL.</param>
    /// <param name="output">Where to.</param>
    public static void Write(scoped ReadOnlySpan<byte> state, scoped ReadOnlySpan<byte> message, ref ByteWriter output)
    {
        // A non-localised V besides S, since PostgreSQL 9.6; each field ends in a NUL, and so does the list.
        ReadOnlySpan<byte> severity = "SFATAL\0VFATAL\0C"u8;
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(length, sizeof(int) + severity.Length + state.Length + 2 + message.Length + 2);
        output.Write((byte)'E');
        output.Write(length);
        output.Write(severity);
        output.Write(state);
        output.Write("\0M"u8);
        output.Write(message);
        output.Write("\0\0"u8);
    }
}
