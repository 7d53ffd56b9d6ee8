using Postern.Bench.Backends;
using Postern.Bench.Measuring;

namespace Postern.Bench.Scenarios;

/// <summary>Memory of connections that say nothing: what IMAP IDLE and XMPP cost.</summary>
internal sealed class Idle : Scenario
{
    private const int Connections = 1000;
    private const int WarmUpConnections = 10;
    private const int SettleMilliseconds = 500;

    internal override string Name => "idle";

    internal override string Title => "idle connection: KB";

    internal override string Explanation =>
        $"{Connections} connections are opened, each with a full handshake and one echo, and held; the figure is the growth of "
        + "the proportional set size (PSS in smaps_rollup: shared pages count once) of all the peer's processes, half a second later, "
        + $"against what they had after {WarmUpConnections} connections that came and went. What the kernel holds for the sockets "
        + "is not in it; it is the same for all.";

    internal override bool IsMeasuredOnce => true;

    internal override Backend StartBackend() => new EchoBackend();

    internal override Measurement Measure(Run run)
    {
        WarmUp(run);
        Thread.Sleep(SettleMilliseconds);
        var before = run.Peer.Tree.PssKilobytes();
        var held = Load(run);
        Thread.Sleep(SettleMilliseconds);
        return new Measurement((run.Peer.Tree.PssKilobytes() - before) / held);
    }

    internal override void WarmUp(Run run) => run.Visit(WarmUpConnections);

    internal override double Load(Run run)
    {
        run.Hold(Connections);
        return Connections;
    }
}
