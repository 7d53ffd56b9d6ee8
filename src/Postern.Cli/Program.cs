using System.CommandLine;
using Postern.Cli.Commands;

namespace Postern.Cli;

/// <summary>postern: the command line. Exit status 0 did it, 1 failed, 2 used wrongly.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        var root = new RootCommand("The Postern TLS gateway: run it, check its configuration, ask how it is.");
        root.Add(RunCommand.Create());
        root.Add(CheckCommand.Create());
        root.Add(ReloadCommand.Create());
        root.Add(StatusCommand.Create());
        root.Add(DemoCommand.Create());

        ParseResult parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (System.CommandLine.Parsing.ParseError error in parsed.Errors)
                Console.Error.WriteLine("postern: " + error.Message);
            string command = parsed.CommandResult.Command is RootCommand ? "" : parsed.CommandResult.Command.Name + " ";
            Console.Error.WriteLine($"postern: try: postern {command}--help");
            return ExitStatus.UsedWrongly;
        }

        return parsed.Invoke();
    }
}
