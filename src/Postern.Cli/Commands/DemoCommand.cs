using System.CommandLine;
using Postern.Cli.Demo;
using Postern.Cli.Output;

namespace Postern.Cli.Commands;

/// <summary><c>postern demo</c>: a tour on loopback that shows what a gate does, and proves it.</summary>
internal static class DemoCommand
{
    public static Command Create(TextWriter output, TextWriter errors)
    {
        var once = new Option<bool>("--once") { Description = "End after the tour: exit status 0 when everything was proven, else 1" };
        var noColour = new Option<bool>("--no-color") { Description = "No colour on a terminal either" };
        var command = new Command("demo", "Show on loopback what a gate does, with small servers and a certificate of its own") { once, noColour };
        command.SetAction(parsed =>
        {
            var paint = new Paint(output, Terminal.HasColour(output) && !parsed.GetValue(noColour));
            return Demonstration.Run(parsed.GetValue(once), paint, errors).GetAwaiter().GetResult();
        });
        return command;
    }
}
