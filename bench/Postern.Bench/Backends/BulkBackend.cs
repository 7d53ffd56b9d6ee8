using System.Buffers.Binary;
using System.Net.Sockets;

namespace Postern.Bench.Backends;

/// <summary>
/// A source and a sink. A request is one letter and a count of eight bytes: <c>S</c> asks for that many bytes, <c>R</c>
/// announces that many, which are answered with one byte when all have come.
/// </summary>
internal sealed class BulkBackend : TaskBackend
{
    internal const int RequestBytes = 9;

    private const int BlockBytes = 64 * 1024;

    internal static byte[] Request(char letter, long count)
    {
        var request = new byte[RequestBytes];
        request[0] = (byte)letter;
        BinaryPrimitives.WriteInt64BigEndian(request.AsSpan(1), count);
        return request;
    }

    protected override async Task ServeAsync(Socket client)
    {
        var buffer = new byte[BlockBytes];
        while (await FillAsync(client, buffer.AsMemory(0, RequestBytes)))
        {
            var left = BinaryPrimitives.ReadInt64BigEndian(buffer.AsSpan(1));
            if (buffer[0] == 'S')
            {
                while (left > 0)
                    left -= await client.SendAsync(buffer.AsMemory(0, (int)Math.Min(left, BlockBytes)));
                continue;
            }

            while (left > 0)
            {
                var count = await client.ReceiveAsync(buffer.AsMemory(0, (int)Math.Min(left, BlockBytes)));
                if (count == 0)
                    return;
                left -= count;
            }

            await client.SendAsync(buffer.AsMemory(0, 1));
        }
    }

    private static async Task<bool> FillAsync(Socket client, Memory<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var count = await client.ReceiveAsync(buffer);
            if (count == 0)
                return false;
            buffer = buffer[count..];
        }

        return true;
    }
}
