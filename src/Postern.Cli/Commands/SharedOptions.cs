using System.CommandLine;

namespace Postern.Cli.Commands;

/// <summary>Options that several commands have, each with one spelling and one meaning.</summary>
internal static class SharedOptions
{
    public static Option<string> Configuration(string description, bool required = false) => new("--config", "-c")
    {
        HelpName = "FILE",
        Description = description,
        Required = required,
    };

    public static Option<string> Control() => new("--control")
    {
        HelpName = "PATH",
        Description = "The control socket of posternd [default: /run/postern/control.sock]",
    };

    public static Option<bool> Json(string description) => new("--json") { Description = description };
}
