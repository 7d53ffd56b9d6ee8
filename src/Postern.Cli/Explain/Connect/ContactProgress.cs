using System.Globalization;
using Postern.Cli.Output;

namespace Postern.Cli.Explain.Connect;

/// <summary>How many addresses have been done with, on one line of a terminal; nothing where nobody watches.</summary>
/// <param name="errors">Where it is said.</param>
/// <param name="all">How many there are.</param>
internal sealed class ContactProgress(TextWriter errors, int all)
{
    private readonly Lock _lock = new();
    private readonly bool _isWatched = Terminal.IsErrorTerminal(errors);
    private int _done;

    public void Begin() => Write();

    /// <summary>From any thread.</summary>
    public void Step()
    {
        lock (_lock)
        {
            _done++;
            Write();
        }
    }

    public void End()
    {
        if (_isWatched)
            errors.WriteLine();
    }

    private void Write()
    {
        if (_isWatched)
            errors.Write(string.Create(CultureInfo.InvariantCulture, $"\rconnected to {_done} of {all} addresses"));
    }
}
