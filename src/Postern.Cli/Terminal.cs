using Spectre.Console;

namespace Postern.Cli;

/// <summary>Consoles that colour only what a person sees: a terminal, and no NO_COLOR in the environment.</summary>
internal static class Terminal
{
    /// <summary>Wide enough for a table in a pipe, where there is no width to ask for.</summary>
    private const int PipeWidth = 160;

    public static IAnsiConsole Out { get; } = Create(Console.Out, Console.IsOutputRedirected);

    public static bool Colour(bool redirected) =>
        !redirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") != "dumb";

    private static IAnsiConsole Create(TextWriter writer, bool redirected)
    {
        bool colour = Colour(redirected);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = colour ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = colour ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        if (redirected)
            console.Profile.Width = PipeWidth;
        return console;
    }
}
