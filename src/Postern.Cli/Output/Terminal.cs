using Spectre.Console;

namespace Postern.Cli.Output;

/// <summary>Colour and width: only a terminal has them.</summary>
internal static class Terminal
{
    /// <summary>Wide enough that no table of ours is cut where nobody reads along.</summary>
    private const int WidthOfAFile = 500;

    /// <summary>https://no-color.org: NO_COLOR counts when it is set and not empty.</summary>
    public static bool HasColour(TextWriter output) =>
        ReferenceEquals(output, Console.Out)
        && !Console.IsOutputRedirected
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    /// <summary>Somebody watches: a line may be written over.</summary>
    public static bool IsErrorTerminal(TextWriter errors) =>
        ReferenceEquals(errors, Console.Error) && !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    public static IAnsiConsole Open(TextWriter output)
    {
        bool colour = HasColour(output);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = colour ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = colour ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        if (!ReferenceEquals(output, Console.Out) || Console.IsOutputRedirected)
            console.Profile.Width = WidthOfAFile;
        return console;
    }
}
