namespace Postern.Bench.Peers;

/// <summary>Every proxy, in the order of the table's columns.</summary>
internal static class PeerList
{
    internal const string Postern = "postern";

    internal const string Haproxy = "haproxy";

    internal static IReadOnlyList<Peer> All { get; } =
    [
        new PosternGate(Program), new PosternGate(Program, "connection"),
        new Haproxy(), new Nginx(), new NginxMail(), new Hitch(), new Stunnel(),
    ];

    private static string Program => Environment.GetEnvironmentVariable("POSTERND") ?? "posternd";
}
