using Postern.Bench.Backends;
using Postern.Bench.Measuring;

namespace Postern.Bench.Scenarios;

/// <summary>Memory of a proxy that has nothing to do.</summary>
internal sealed class Rest : Scenario
{
    private const int WarmUpConnections = 20;
    private const int SettleMilliseconds = 500;
    private const double KilobytesOfMegabyte = 1024;

    internal override string Name => "rest";

    internal override string Title => "at rest, two workers: MB in all";

    internal override string Explanation =>
        $"The proportional set size (PSS in smaps_rollup: shared pages count once) of all the peer's processes, with two workers "
        + $"(HAProxy: two threads; stunnel has none to set), half a second after {WarmUpConnections} connections that came, each with "
        + "a full handshake and one echo, and went. A MB is 1024 KB. There is no load that --scale could multiply. "
        + "The second table says where it is. Postern is five processes, each started by itself, so that the address of nothing in one "
        + "says anything of another; the price is that each has a copy of its own of what holds addresses: the tables of types that "
        + "the runtime of .NET unpacks at the start (.bss), and the pages that the loader puts right.";

    internal override int Workers => 2;

    internal override bool IsMeasuredOnce => true;

    internal override Backend StartBackend() => new EchoBackend();

    internal override Measurement Measure(Run run)
    {
        WarmUp(run);
        Thread.Sleep(SettleMilliseconds);
        var all = run.Peer.Tree.PssKilobytes() / KilobytesOfMegabyte;
        var kinds = run.Peer.Tree.Memory();
        return new Measurement(
            all,
            ("code and constants of the files, MB", kinds.Code / KilobytesOfMegabyte),
            ("data of the files, and what the loader has put right, MB", kinds.Data / KilobytesOfMegabyte),
            ("what began as zeros (.bss), MB", kinds.Zeroed / KilobytesOfMegabyte),
            ("heaps, stacks, shared memory, MB", kinds.Heap / KilobytesOfMegabyte));
    }

    internal override void WarmUp(Run run) => run.Visit(WarmUpConnections);

    internal override double Load(Run run) => throw new IOException("a proxy at rest has no load");
}
