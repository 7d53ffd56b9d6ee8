using System.Collections.Immutable;
using System.CommandLine;
using Postern.Cli.Daemon;
using Postern.Cli.Live;
using Postern.Cli.Output;
using Postern.Configuration;
using Postern.Configuration.Settings;
using Postern.Interop.LibC;

namespace Postern.Cli.Commands;

/// <summary><c>postern check -c FILE</c>: everything that is wrong at once, as a compiler would say it.</summary>
internal static class CheckCommand
{
    public static Command Create(TextWriter output, TextWriter errors)
    {
        Option<string> file = SharedOptions.Configuration("The configuration; needed, but with --show-sandbox");
        var live = new Option<bool>("--live")
        {
            Description = "Also dial each backend and say what is wrong in its own configuration",
        };
        var sandbox = new Option<bool>("--show-sandbox")
        {
            Description = "Instead: what each process of posternd may do, and what this machine leaves out",
        };
        Option<bool> json = SharedOptions.Json("Print one JSON object on standard output instead");
        var command = new Command("check", "Say everything that is wrong with a configuration") { file, live, sandbox, json };
        command.Validators.Add(result =>
        {
            if (!result.GetValue(sandbox) && result.GetResult(file) is null)
                result.AddError("Option '--config' is required.");
            if (result.GetValue(sandbox) && result.GetValue(live))
                result.AddError("Options '--show-sandbox' and '--live' do not go together.");
        });
        command.SetAction(parsed => parsed.GetValue(sandbox)
            ? ShowSandbox(parsed.GetValue(file), parsed.GetValue(json), errors)
            : Run(parsed.GetRequiredValue(file), parsed.GetValue(live), parsed.GetValue(json), output, errors));
        return command;
    }

    /// <summary>The daemon knows what it does; this program becomes it.</summary>
    private static int ShowSandbox(string? file, bool json, TextWriter errors) => DaemonProgram.Become(
        ["--show-sandbox", .. file is null ? (string[])[] : ["-c", file], .. json ? (string[])["--json"] : []], errors);

    private static int Run(string file, bool live, bool json, TextWriter output, TextWriter errors)
    {
        Result result = Check(file, live);
        ImmutableArray<ConfigurationProblem> problems = result.Problems;
        bool good = problems.All(problem => problem.Severity != Severity.Error);
        if (json)
        {
            CheckReport.Write(file, good, problems, result.Discovered, result.Proved, output);
        }
        else
        {
            foreach (ConfigurationProblem problem in problems)
                errors.WriteLine(problem);
            foreach ((string key, DiscoveredBackend backend) in result.Discovered)
                output.WriteLine(PeerText.Escape($"{key}: {backend}"));
            foreach ((string key, string text) in result.Proved)
                output.WriteLine(PeerText.Escape($"{key}: {text}"));
            if (good)
                output.WriteLine($"{PeerText.Escape(file)}: good: {Gates(result)}{(live ? $", {Count(result.Backends, "backend")} tried" : "")}");
            else
                errors.WriteLine(Count(problems.Count(problem => problem.Severity == Severity.Error), "error"));
        }

        return good ? ExitStatus.Good : ExitStatus.Failed;
    }

    /// <summary>"2 gates", "1 outbound", "2 gates, 1 outbound"; there is one of either at least.</summary>
    private static string Gates(Result result)
    {
        (int Number, string What)[] all = [(result.Gates, "gate"), (result.Outbounds, "outbound")];
        return string.Join(", ", all.Where(each => each.Number > 0).Select(each => Count(each.Number, each.What)));
    }

    /// <param name="Gates">Without outbounds.</param>
    /// <param name="Backends">How many addresses were dialled.</param>
    /// <param name="Discovered">What was found for backends that are left to be found, and their keys.</param>
    private sealed record Result(
        ImmutableArray<ConfigurationProblem> Problems, int Gates, int Outbounds, int Backends, ImmutableArray<(string Key, DiscoveredBackend Backend)> Discovered)
    {
        /// <summary>What backends must show that DANE proves, and their keys.</summary>
        public ImmutableArray<(string Key, string Text)> Proved { get; init; } = [];
    }

    private static Result Check(string file, bool live)
    {
        ConfigurationResult read = ConfigurationFile.Read(file);
        if (read.Settings is not { } settings)
            return new Result(read.Problems, 0, 0, 0, []);

        var problems = new List<ConfigurationProblem>(read.Problems);
        problems.AddRange(UserProblems(settings));
        SnapshotResult loaded = SnapshotBuilder.Load(settings, file, generation: 1);
        problems.AddRange(loaded.Problems);
        problems.AddRange(ListenCheck.Run(settings));
        if (StateDirectory.Look(settings) is { } state)
            problems.Add(state);
        if (loaded.Snapshot is { } whole)
            problems.AddRange(TokenCheck.Run(whole, settings));

        // A backend can be dialled whatever else is wrong, but its address must be known.
        int backends = 0;
        ImmutableArray<(string, string)> proved = [];
        if (live && loaded.Snapshot is { } snapshot)
        {
            LiveResult result = LiveCheck.Run(snapshot, settings);
            backends = result.Backends;
            proved = result.Proved;
            problems.AddRange(result.Problems);
        }

        int outbounds = settings.Gates.Count(gate => gate.Outbound is not null);
        return new Result(
            [.. problems.OrderBy(problem => problem.Line).ThenBy(problem => problem.Column)],
            settings.Gates.Length - outbounds, outbounds, backends, loaded.Snapshot?.Discovered ?? []) { Proved = proved };
    }

    private static IEnumerable<ConfigurationProblem> UserProblems(PosternSettings settings)
    {
        foreach ((string key, string user) in MissingUsers.Of(settings.Server))
        {
            Position at = settings.Source.Find(key);
            yield return new ConfigurationProblem(
                Severity.Error, settings.Source.File, at.Line, at.Column, key,
                $"the user {user} does not exist, and posternd does not serve as root; {MissingUsers.Remedy(user)}");
        }
    }

    private static string Count(int number, string what) => number == 1 ? $"1 {what}" : $"{number} {what}s";
}
