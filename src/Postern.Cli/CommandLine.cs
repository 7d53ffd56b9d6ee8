using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Reflection;
using Postern.Cli.Commands;

namespace Postern.Cli;

/// <summary>Reads the arguments and calls the command; each command is a file of Commands/.</summary>
internal static class CommandLine
{
    public static string Version { get; } =
        typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    public static int Run(string[] arguments, TextWriter output, TextWriter errors)
    {
        RootCommand root = Root(output, errors);

        // A file name may begin with @: it is no list of arguments.
        ParseResult parsed = CommandLineParser.Parse(root, arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpAction)
        {
            foreach (ParseError error in parsed.Errors)
                errors.WriteLine("postern: " + Output.PeerText.Escape(error.Message));
            Command wrong = parsed.CommandResult.Command;
            errors.WriteLine(wrong is RootCommand ? "Try: postern --help" : $"Try: postern {wrong.Name} --help");
            return ExitStatus.UsedWrongly;
        }

        return parsed.Invoke(new InvocationConfiguration { Output = output, Error = errors, EnableDefaultExceptionHandler = false });
    }

    internal static RootCommand Root(TextWriter output, TextWriter errors)
    {
        var root = new RootCommand("Postern, a TLS gateway for the protocols that grew up with STARTTLS.")
        {
            RunCommand.Create(errors),
            CheckCommand.Create(output, errors),
            ReloadCommand.Create(output, errors),
            StatusCommand.Create(output, errors),
            DnsCommand.Create(output, errors),
            ExplainCommand.Create(output, errors),
            PolicyCommand.Create(output, errors),
            TlsRptCommand.Create(output, errors),
            DemoCommand.Create(output, errors),
        };
        root.HelpName = "postern";
        root.Directives.Clear();
        foreach (VersionOption option in root.Options.OfType<VersionOption>())
        {
            option.Description = "Show the version";
            option.Action = new VersionAction(output);
        }

        return root;
    }

    private sealed class VersionAction(TextWriter output) : SynchronousCommandLineAction
    {
        public override bool Terminating => true;

        public override int Invoke(ParseResult parseResult)
        {
            output.WriteLine("postern " + Version);
            return ExitStatus.Good;
        }
    }
}
