using System.Globalization;
using Postern.Configuration;
using Postern.Roles.Reader;

namespace Postern.Roles.Sandbox;

/// <summary><c>posternd --show-sandbox</c>, which <c>postern check --show-sandbox</c> becomes: the report for a person.</summary>
public static class SandboxText
{
    /// <summary>The exit status: 1 when the file is wrong.</summary>
    /// <param name="file">Null for the defaults.</param>
    public static int Show(string? file, bool json, TextWriter output, TextWriter errors)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(errors);
        ServerResult read = ReaderProgram.Find().ReadServer(file);
        if (read.Server is not { } server)
        {
            foreach (ConfigurationProblem problem in read.Problems)
                errors.WriteLine(problem);
            return 1;
        }

        SandboxReport report = SandboxReport.Make(server);
        if (json)
            output.WriteLine(SandboxJson.Of(report));
        else
            Write(report, output);
        return 0;
    }

    private static void Write(SandboxReport report, TextWriter output)
    {
        output.WriteLine($"sandbox = \"{report.Sandbox}\"");
        output.WriteLine(report.Lacking.IsEmpty ? "lacking here: nothing" : "lacking here: " + string.Join(", ", report.Lacking));
        output.WriteLine(report.Landlock == 0 ? "Landlock: none" : string.Create(CultureInfo.InvariantCulture, $"Landlock: version {report.Landlock}")
            + (report.LandlockLacks.IsEmpty ? "" : ", which cannot take away " + string.Join(", ", report.LandlockLacks)));
        foreach (SandboxReport.RoleFacts role in report.Roles)
        {
            output.WriteLine();
            output.WriteLine(role.Role);
            Line(output, "user", role.User);
            Line(output, "namespaces", string.Join(", ", role.Namespaces));
            Line(output, "files", role.Files);
            Line(output, "network", role.Network);
            Line(output, "capabilities", role.Capabilities);
            foreach (SandboxReport.LimitFacts limit in role.Limits)
                Line(output, "limit", string.Create(CultureInfo.InvariantCulture, $"{limit.Limit}: {limit.Value} ({limit.Reason})"));
            foreach (SandboxReport.CallFacts call in role.Calls)
                Line(output, "call", $"{call.Call}{(call.Condition.Length > 0 ? $" ({call.Condition})" : "")}: {call.Reason}");
        }
    }

    private static void Line(TextWriter output, string name, string value) => output.WriteLine($"  {name,-13} {value}");
}
