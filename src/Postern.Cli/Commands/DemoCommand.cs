using System.CommandLine;

namespace Postern.Cli.Commands;

internal static class DemoCommand
{
    public static Command Create(TextWriter output, TextWriter errors)
    {
        var command = new Command("demo", "x");
        command.SetAction(_ => { output.WriteLine(errors); return 0; });
        return command;
    }
}
