using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Postern.Configuration;
using Postern.Protocols;

namespace Postern.Cli.Output;

/// <summary>What <c>postern check --json</c> prints: one object, one line.</summary>
internal sealed record CheckReport(string File, bool Ok, ImmutableArray<CheckReport.Problem> Problems, ImmutableArray<CheckReport.Backend> Discovered, ImmutableArray<CheckReport.Proof> Proved)
{
    /// <param name="Line">From 1; 0 where the file as a whole is meant.</param>
    internal sealed record Problem(string Severity, string File, int Line, int Column, string Key, string Message);

    /// <param name="Key">The backend's key in the file.</param>
    /// <param name="Service">As in the SRV record's name: <c>imaps</c>.</param>
    /// <param name="Tls"><c>implicit</c> or <c>starttls</c>.</param>
    /// <param name="Targets"><c>mail.example.org:993</c>, in the order in which they are tried.</param>
    /// <param name="Name">Whom the certificate must be for.</param>
    internal sealed record Backend(string Key, string Domain, string Service, string Tls, ImmutableArray<string> Targets, string Name);

    /// <param name="Key">The backend's key in the file.</param>
    /// <param name="Text">What the DNS has of it, for a person.</param>
    internal sealed record Proof(string Key, string Text);

    public static void Write(
        string file,
        bool good,
        ImmutableArray<ConfigurationProblem> problems,
        ImmutableArray<(string Key, DiscoveredBackend Backend)> discovered,
        ImmutableArray<(string Key, string Text)> proved,
        TextWriter output)
    {
        var report = new CheckReport(file, good, [.. problems.Select(problem => new Problem(
            problem.Severity == Configuration.Severity.Error ? "error" : "warning",
            problem.File, problem.Line, problem.Column, problem.Key, problem.Message))],
            [.. discovered.Select(each => new Backend(
                each.Key, each.Backend.Domain, each.Backend.Service, each.Backend.Mode == TlsMode.Implicit ? "implicit" : "starttls", each.Backend.Targets, each.Backend.Name))],
            [.. proved.Select(each => new Proof(each.Key, each.Text))]);
        output.WriteLine(JsonSerializer.Serialize(report, CheckReportJson.Default.CheckReport));
    }
}

[JsonSerializable(typeof(CheckReport))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class CheckReportJson : JsonSerializerContext;
