using Postern.Configuration;
using Postern.Interop.LibC;

namespace Postern.Cli;

/// <summary>Reads the configuration for posternd, which starts this program for it (docs/adr/0031-reader.md).</summary>
internal static class HandOver
{
    /// <summary>The exit status.</summary>
    /// <param name="arguments">As <see cref="ReaderWords"/> has them, without the first.</param>
    /// <param name="errors">For who tries it by hand: there are keys in what it writes, and they are for posternd alone.</param>
    public static int Run(ReadOnlySpan<string> arguments, TextWriter errors)
    {
        // Of whoever could look into this process, or find its core.
        Privilege.ForbidGainAndDump();
        if (!Descriptor.IsMemory(ReaderWords.AnswerFd) || Reader.Run(arguments) is not { } answer)
        {
            errors.WriteLine($"postern: {ReaderWords.Command} is for posternd; try: postern check -c FILE");
            return ExitStatus.UsedWrongly;
        }

        bool isWritten = Descriptor.WriteAll(ReaderWords.AnswerFd, answer);
        Array.Clear(answer);
        return isWritten ? ExitStatus.Good : ExitStatus.Failed;
    }
}
