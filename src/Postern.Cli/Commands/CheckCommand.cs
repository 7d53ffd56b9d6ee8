using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Postern.Cli.Live;
using Postern.Configuration;

namespace Postern.Cli.Commands;

/// <summary><c>postern check</c>: every error of a configuration at once, and, with --live, of its backends'.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        Option<string> file = Options.File(required: true);
        var live = new Option<bool>("--live")
        {
            Description = "Also dial each backend and say what is wrong in its own configuration.",
        };
        Option<bool> json = Options.Json();
        var command = new Command("check", "Say everything that is wrong with a configuration.") { file, live, json };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(file), parsed.GetValue(live), parsed.GetValue(json)));
        return command;
    }

    private static int Run(string file, bool live, bool json)
    {
        List<ConfigurationProblem> problems = [];
        ConfigurationResult read = ConfigurationFile.Read(file);
        problems.AddRange(read.Problems);
        Snapshot? snapshot = null;
        if (read.Settings is { } settings)
        {
            SnapshotResult loaded = SnapshotBuilder.Load(settings, file, generation: 1);
            snapshot = loaded.Snapshot;
            problems.AddRange(loaded.Problems);
            problems.AddRange(ListenCheck.Run(settings));
            if (live && snapshot is not null)
                problems.AddRange(LiveCheck.Run(snapshot, settings, file));
        }

        bool ok = problems.TrueForAll(problem => problem.Severity != Severity.Error);
        if (json)
            WriteJson(file, ok, problems);
        else
            WriteText(file, ok, live && snapshot is not null, problems);
        return ok ? ExitStatus.Done : ExitStatus.Failed;
    }

    private static void WriteText(string file, bool ok, bool live, List<ConfigurationProblem> problems)
    {
        foreach (ConfigurationProblem problem in problems)
            Console.Error.WriteLine(problem);
        if (ok)
            Console.Out.WriteLine(live ? $"{file}: good, and so are its backends" : $"{file}: good");
        else if (problems.Count(problem => problem.Severity == Severity.Error) is > 1 and var count)
            Console.Error.WriteLine($"{file}: {count} errors");
    }

    private static void WriteJson(string file, bool ok, List<ConfigurationProblem> problems)
    {
        var report = new CheckReport(file, ok, [.. problems.Select(problem => new CheckProblem(
            problem.Severity == Severity.Error ? "error" : "warning",
            problem.File, problem.Line, problem.Column, problem.Key, problem.Message))]);
        Console.Out.WriteLine(JsonSerializer.Serialize(report, CheckJson.Default.CheckReport));
    }
}

internal sealed record CheckReport(string File, bool Ok, ImmutableArray<CheckProblem> Problems);

internal sealed record CheckProblem(string Severity, string File, int Line, int Column, string Key, string Message);

[JsonSerializable(typeof(CheckReport))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class CheckJson : JsonSerializerContext;
