using System.Buffers.Binary;

namespace Postern.Bench.Backends;

/// <summary>
/// The 64 bytes of an echo that is timed: a letter, the number that the client has given it, and when it came to the
/// backend and left it, which the backend writes on its way. Any other 64 bytes are an echo without times.
/// </summary>
internal static class StampedMessage
{
    internal const int Bytes = 64;

    private const byte Letter = (byte)'s';
    private const int NumberAt = 8;
    private const int ArrivedAt = 16;
    private const int LeftAt = 24;

    internal static void Begin(Span<byte> message, int number)
    {
        message[..Bytes].Clear();
        message[0] = Letter;
        BinaryPrimitives.WriteInt32LittleEndian(message[NumberAt..], number);
    }

    /// <summary>The backend's part, in every such message among these; times are nanoseconds of one clock.</summary>
    /// <param name="messages">Whole messages, one behind the other.</param>
    /// <param name="arrived">When they came; 0: not known.</param>
    /// <param name="left">When they are sent.</param>
    internal static void Stamp(Span<byte> messages, long arrived, long left)
    {
        for (; messages.Length >= Bytes; messages = messages[Bytes..])
        {
            if (messages[0] != Letter)
                continue;
            BinaryPrimitives.WriteInt64LittleEndian(messages[ArrivedAt..], arrived);
            BinaryPrimitives.WriteInt64LittleEndian(messages[LeftAt..], left);
        }
    }

    internal static int NumberOf(ReadOnlySpan<byte> message) => BinaryPrimitives.ReadInt32LittleEndian(message[NumberAt..]);

    /// <summary>
    /// Nanoseconds on the way to the backend and on the way back, without its stay there and without any wait in a queue
    /// of the client's or the backend's socket; null: one of them does not know when it came.
    /// </summary>
    internal static long? OnTheWay(ReadOnlySpan<byte> message, long sent, long back)
    {
        var arrived = BinaryPrimitives.ReadInt64LittleEndian(message[ArrivedAt..]);
        var left = BinaryPrimitives.ReadInt64LittleEndian(message[LeftAt..]);
        return arrived == 0 || back == 0 ? null : arrived - sent + (back - left);
    }
}
