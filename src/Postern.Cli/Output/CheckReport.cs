using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Postern.Configuration;

namespace Postern.Cli.Output;

/// <summary>What <c>postern check --json</c> prints: one object, one line.</summary>
internal sealed record CheckReport(string File, bool Ok, ImmutableArray<CheckReport.Problem> Problems)
{
    /// <param name="Line">From 1; 0 where the file as a whole is meant.</param>
    internal sealed record Problem(string Severity, string File, int Line, int Column, string Key, string Message);

    public static void Write(string file, bool good, ImmutableArray<ConfigurationProblem> problems, TextWriter output)
    {
        var report = new CheckReport(file, good, [.. problems.Select(problem => new Problem(
            problem.Severity == Configuration.Severity.Error ? "error" : "warning",
            problem.File, problem.Line, problem.Column, problem.Key, problem.Message))]);
        output.WriteLine(JsonSerializer.Serialize(report, CheckReportJson.Default.CheckReport));
    }
}

[JsonSerializable(typeof(CheckReport))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class CheckReportJson : JsonSerializerContext;
