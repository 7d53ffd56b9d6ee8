using Postern.Bench.Load;
using Postern.Bench.Peers;

namespace Postern.Bench.Scenarios;

/// <summary>Every scenario, in the order of the table.</summary>
internal static class ScenarioList
{
    /// <summary>How a cost grows with the connections and the workers: long, and so measured only when asked for.</summary>
    internal const string Growth = "growth";

    internal static IReadOnlyList<Scenario> All { get; } =
    [
        new Handshake(KeyKind.EcdsaP256, resumed: false), new Handshake(KeyKind.Rsa2048, resumed: false),
        new Handshake(KeyKind.EcdsaP256, resumed: true), new Transfer(toClient: true), new Transfer(toClient: false),
        new Signing(), new Echo(), new Latency(), new Idle(), new IdleBeside(), new Rest(),
        new StartTls(Front.Imap), new StartTls(Front.Smtp),
        new Echo(10, Growth), new Echo(100, Growth), new Echo(1_000, Growth), new Echo(8_000, Growth),
        new WorkersGrowth(1, Growth), new WorkersGrowth(2, Growth), new WorkersGrowth(4, Growth),
    ];
}
