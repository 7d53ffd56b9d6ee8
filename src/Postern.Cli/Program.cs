using Postern.Configuration;
using Postern.Interop.LibSsl;

namespace Postern.Cli;

/// <summary>postern: the command line beside the daemon.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        // postern check must find what posternd finds.
        OpenSslConfiguration.Ignore();
        if (arguments is [ReaderWords.Command, .. var rest])
            return HandOver.Run(rest, Console.Error);
        return CommandLine.Run(arguments, Console.Out, Console.Error);
    }
}
