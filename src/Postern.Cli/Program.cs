namespace Postern.Cli;

/// <summary>postern: the command line beside the daemon.</summary>
internal static class Program
{
    private static int Main(string[] arguments) => CommandLine.Run(arguments, Console.Out, Console.Error);
}
