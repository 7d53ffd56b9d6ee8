using System.Diagnostics;

namespace Postern.Cli.Tests;

/// <summary>Programs run as a user runs them.</summary>
internal static class Tool
{
    public static Said Postern(params string[] arguments) => Run(PosternProgram, arguments);

    /// <summary>What test.sh built, with posternd beside it: test.sh says where, and build.sh puts it there.</summary>
    public static string PosternProgram { get; } =
        Environment.GetEnvironmentVariable("POSTERN") is { Length: > 0 } named ? named : Built();

    public static Said Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new Said(process.ExitCode, output, errors.GetAwaiter().GetResult());
    }

    private static string Built()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string program = Path.Combine(folder.FullName, "artifacts/bin/postern");
            if (File.Exists(program))
                return program;
        }

        throw new FileNotFoundException("artifacts/bin/postern is not there: run ./build.sh");
    }
}
