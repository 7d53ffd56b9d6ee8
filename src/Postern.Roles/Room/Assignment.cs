using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using Postern.Interop.LibC;

namespace Postern.Roles.Room;

/// <summary>The connection that a room is given, once; the descriptor travels beside it.</summary>
/// <param name="Gate">The gate's place in the snapshot.</param>
/// <param name="Client">Who it is, as accept(2) said.</param>
/// <param name="Shed">The limit for which it is only told to come again; empty when it is let in.</param>
/// <param name="Extensions">What the backend of a gate with optional TLS offers in the clear.</param>
internal sealed record Assignment(int Gate, Endpoint Client, string Shed, ImmutableArray<string> Extensions)
{
    private const int HeaderSize = 3 + RoomMessage.EndpointSize;

    /// <summary>Writes the message; its length.</summary>
    public int Write(Span<byte> message)
    {
        message[0] = (byte)RoomMessageKind.Connection;
        BinaryPrimitives.WriteUInt16LittleEndian(message[1..], (ushort)Gate);
        RoomMessage.Write(Client, message[3..]);
        string text = Extensions.IsDefaultOrEmpty ? Shed : $"{Shed}\n{string.Join('\n', Extensions)}";

        // A list that does not fit is not said by halves.
        if (!Encoding.ASCII.TryGetBytes(text, message[HeaderSize..], out int length))
            _ = Encoding.ASCII.TryGetBytes(Shed, message[HeaderSize..], out length);
        return HeaderSize + length;
    }

    /// <summary>Null when it is none.</summary>
    public static Assignment? Read(ReadOnlySpan<byte> message)
    {
        if (message.Length < HeaderSize || message[0] != (byte)RoomMessageKind.Connection || !RoomMessage.TryRead(message[3..], out Endpoint client))
            return null;

        string[] lines = Encoding.ASCII.GetString(message[HeaderSize..]).Split('\n');
        return new Assignment(BinaryPrimitives.ReadUInt16LittleEndian(message[1..]), client, lines[0], [.. lines.Skip(1)]);
    }
}
