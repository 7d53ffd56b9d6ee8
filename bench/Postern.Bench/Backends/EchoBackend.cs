using System.Net.Sockets;

namespace Postern.Bench.Backends;

/// <summary>Sends back what it gets.</summary>
internal sealed class EchoBackend : TaskBackend
{
    protected override async Task ServeAsync(Socket client)
    {
        var buffer = new byte[1024];
        int count;
        while ((count = await client.ReceiveAsync(buffer.AsMemory())) > 0)
            await client.SendAsync(buffer.AsMemory(0, count));
    }
}
