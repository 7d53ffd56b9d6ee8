using Postern.Bench.Backends;
using Postern.Bench.Load;

namespace Postern.Bench.Scenarios;

/// <summary>Bulk data one way, on a few connections at once.</summary>
internal sealed class Transfer(bool toClient) : Scenario
{
    private const int Connections = 4;
    private const long Bytes = 400_000_000;
    private const long WarmUpBytes = 50_000_000;
    private const int BlockBytes = 64 * 1024;

    internal override string Name => toClient ? "pull" : "push";

    internal override string Title => toClient ? "to the client: s a GB" : "from the client: s a GB";

    internal override string Explanation =>
        $"{Bytes / 1_000_000} MB in all, {(toClient ? "from the backend to the client" : "from the client to the backend")}, "
        + $"on {Connections} connections at once; a GB is 10^9 bytes.";

    internal override string Unit => "GB";

    protected override double NanosecondsOfUnit => 1_000_000_000;

    internal override Backend StartBackend() => new BulkBackend();

    internal override void WarmUp(Run run)
    {
        for (var i = 0; i < Connections; i++)
        {
            run.Held.Add(run.Connect());
            run.Held[i].Handshake(run.Tls);
        }

        Move(run, WarmUpBytes);
    }

    internal override double Load(Run run)
    {
        for (var i = 0; i < run.Scale; i++)
            Move(run, Bytes);
        return Bytes / 1e9 * run.Scale;
    }

    private void Move(Run run, long bytes) => Crew.Share(Connections, (int)bytes, (member, share) =>
    {
        var client = run.Held[member];
        var buffer = new byte[BlockBytes];
        client.Write(BulkBackend.Request(toClient ? 'S' : 'R', share));
        var left = share;
        while (left > 0)
        {
            var part = buffer.AsSpan(0, Math.Min(left, BlockBytes));
            if (toClient)
            {
                var count = client.Read(part);
                if (count == 0)
                    throw new IOException("the gate closed the connection in the middle of the transfer");
                left -= count;
            }
            else
            {
                client.Write(part);
                left -= part.Length;
            }
        }

        if (!toClient)
            client.ReadExactly(buffer.AsSpan(0, 1));
    });
}
