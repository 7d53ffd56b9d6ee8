using System.CommandLine;
using Postern.Configuration.Reading;
using Postern.Policy.Dns;

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

    /// <summary>Also of an internationalised name, which the DNS knows by its A-labels; null for what is none.</summary>
    public static DnsName? DomainOf(string text) => DnsName.Read(text) ?? (InternationalName.ToAscii(text) is { } ascii ? DnsName.Read(ascii) : null);

    public static Option<bool> Json(string description) => new("--json") { Description = description };
}
