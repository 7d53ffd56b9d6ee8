using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Postern.Bench;
using Postern.Bench.Load;
using Postern.Bench.Measuring;
using Postern.Bench.Peers;
using Postern.Bench.Report;
using Postern.Bench.Scenarios;

[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]

Peer[] peers =
[
    new PosternGate(Environment.GetEnvironmentVariable("POSTERND") ?? "posternd"),
    new PosternGate(Environment.GetEnvironmentVariable("POSTERND") ?? "posternd", "connection"),
    new Haproxy(), new Nginx(), new NginxMail(), new Hitch(), new Stunnel(),
];
Scenario[] scenarios =
[
    new Handshake(KeyKind.EcdsaP256, resumed: false), new Handshake(KeyKind.Rsa2048, resumed: false),
    new Handshake(KeyKind.EcdsaP256, resumed: true), new Transfer(toClient: true), new Transfer(toClient: false),
    new Signing(), new Echo(), new Idle(), new StartTls(Front.Imap), new StartTls(Front.Smtp),
];

var (options, problem) = Options.Read(args, scenarios, peers);
if (options is null)
{
    Console.Error.WriteLine("bench.sh: " + problem);
    return 2;
}

using var benchmark = new Benchmark(options);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => benchmark.Abandon());
var clock = Stopwatch.StartNew();
var results = benchmark.Measure();
var machine = Machine.Describe();

Console.WriteLine(Table.Of(results));
Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"Medians of {results.Rounds} rounds, in {clock.Elapsed.TotalSeconds:0} s; processor time of all processes of a proxy. Lower is better."));
foreach (var scenario in results.Scenarios)
{
    foreach (var peer in results.Peers)
    {
        if (results.Failure(scenario, peer) is { } reason)
            Console.Error.WriteLine($"bench.sh: {scenario.Name} with {peer.Name}: {reason}");
    }
}

if (options.Json is not null)
    File.WriteAllText(options.Json, Json.Of(results, machine));
if (options.Page is not null && results.AnyFailed)
{
    Console.Error.WriteLine($"bench.sh: {options.Page} is left as it was: not everything could be measured");
}
else if (options.Page is not null)
{
    File.WriteAllText(options.Page, Page.Of(results, machine, pinned: machine.Processors > 1));
    Console.WriteLine("Written to " + options.Page);
}

return results.AnyFailed ? 1 : 0;
