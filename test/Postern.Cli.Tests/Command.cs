namespace Postern.Cli.Tests;

/// <summary>What a command said, and its exit status.</summary>
internal sealed record Said(int Status, string Output, string Errors);

internal static class Command
{
    public static Said Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        int status = CommandLine.Run(arguments, output, errors);
        return new Said(status, output.ToString(), errors.ToString());
    }
}
