using System.CommandLine;

namespace Postern.Cli.Commands;

/// <summary><c>postern policy</c>: what posternd remembers of domains.</summary>
internal static class PolicyCommand
{
    public static Command Create(TextWriter output, TextWriter errors) => new("policy", "Show what is remembered of domains that mail goes to, or forget one")
    {
        PolicyListCommand.Create(output, errors),
        PolicyFlushCommand.Create(output, errors),
    };
}
