using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Postern.Bench;
using Postern.Bench.Measuring;
using Postern.Bench.Profiling;
using Postern.Bench.Report;

[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]

var (options, problem) = Options.Read(args);
if (options is null)
{
    Console.Error.WriteLine("bench.sh: " + problem);
    return 2;
}

using var stage = new Stage(options);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => stage.Abandon());
if (options.Profile is not null)
    return Profile.Take(options, options.Profile, stage);

var clock = Stopwatch.StartNew();
var results = new Benchmark(options, stage).Measure();
var machine = Machine.Describe();

Console.WriteLine(Table.Of(results));
if (Table.Beside(results) is { } beside)
    Console.WriteLine(beside);
Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"Medians of {results.Rounds} rounds{Page.Times(results)}, in {clock.Elapsed.TotalSeconds:0} s; processor time of all processes of a proxy where the row says nothing else. Lower is better, where it does not say otherwise."));
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
if (options.Page is null)
    return results.AnyFailed ? 1 : 0;

var page = Path.Combine(options.Docs, options.Page + ".md");
if (results.AnyFailed)
{
    Console.Error.WriteLine($"bench.sh: {page} is left as it was: not everything could be measured");
    return 1;
}

var chart = Path.ChangeExtension(page, ".svg");
File.WriteAllText(chart, Chart.Of(ChartGroup.Of(results)));
string[] flameGraphs = [.. Directory.GetFiles(options.Docs, "flame-*.svg").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
File.WriteAllText(page, Page.Of(results, machine, Path.GetFileName(chart), flameGraphs));
Console.WriteLine($"Written to {page} and {chart}");
return 0;
