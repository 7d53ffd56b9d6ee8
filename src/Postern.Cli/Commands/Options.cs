using System.CommandLine;

namespace Postern.Cli.Commands;

/// <summary>Options that several commands share, so that they read the same everywhere.</summary>
internal static class Options
{
    public const string DefaultControl = "/run/postern/control.sock";

    public static Option<string> File(bool required) => new("--config", "-c")
    {
        Description = "The configuration file (postern.toml(5)).",
        Required = required,
        HelpName = "FILE",
    };

    public static Option<string> Control() => new("--control")
    {
        Description = $"The control socket; default: that of the configuration file, else {DefaultControl}.",
        HelpName = "PATH",
    };

    public static Option<bool> Json() => new("--json") { Description = "One JSON object, for programs." };
}
