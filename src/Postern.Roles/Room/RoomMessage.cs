using System.Buffers.Binary;
using Postern.Interop.LibC;

namespace Postern.Roles.Room;

/// <summary>What a room and the porter say to each other (docs/protocol/rooms.md).</summary>
public enum RoomMessageKind : byte
{
    /// <summary>Room, first: I am in my sandbox, and wait.</summary>
    Ready = 1,

    /// <summary>Porter: your connection, with its descriptor.</summary>
    Connection = 2,

    /// <summary>Room: the PROXY header of a trusted network names this client; is it let in?</summary>
    Admit = 3,

    /// <summary>Porter: the limit that is reached; empty when the client is let in.</summary>
    Admitted = 4,

    /// <summary>Room: what the key agent is asked to sign (SigningRequest).</summary>
    Sign = 5,

    /// <summary>Porter: what the key agent answered, without the number: an outcome, and the signature.</summary>
    Signed = 6,

    /// <summary>Room: a connection to one of the addresses of my gate, please.</summary>
    Dial = 7,

    /// <summary>Porter: 0 or minus errno, and the descriptor where there is one.</summary>
    Dialled = 8,

    /// <summary>Room, last: how the connection ended.</summary>
    Report = 9,
}

/// <summary>The parts that several messages have, little-endian.</summary>
internal static class RoomMessage
{
    /// <summary>No message is longer, hence no buffer: a list of a backend's extensions is what comes near.</summary>
    public const int MaxSize = 8 * 1024;

    /// <summary>Family, port and 16 bytes of address.</summary>
    public const int EndpointSize = 20;

    public const int DialSize = 4;

    public static void Write(Endpoint endpoint, Span<byte> bytes)
    {
        bytes[..EndpointSize].Clear();
        bytes[0] = (byte)endpoint.Family;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[2..], endpoint.Port);
        _ = endpoint.CopyAddress(bytes[4..]);
    }

    /// <summary>False when these bytes are no endpoint.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out Endpoint endpoint)
    {
        endpoint = default;
        if (bytes.Length < EndpointSize)
            return false;

        int length = bytes[0] switch { (byte)EndpointFamily.V4 => 4, (byte)EndpointFamily.V6 => 16, (byte)EndpointFamily.None => 0, _ => -1 };
        if (length < 0)
            return false;

        endpoint = new Endpoint((EndpointFamily)bytes[0], bytes.Slice(4, length), BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]));
        return true;
    }
}
