using System.Diagnostics;
using System.Globalization;

namespace Postern.EndToEnd.Rigs;

/// <summary>A server that stays in the foreground, as an ordinary user, with its log in a file; it ends with its rig.</summary>
internal sealed class ServerProcess : IDisposable
{
    private const int PatienceMilliseconds = 10_000;

    private readonly Process _process;
    private readonly string _log;

    /// <param name="user">The user, and the group of the same name.</param>
    /// <param name="log">Path of the file that gets both of its streams.</param>
    /// <param name="program">And its arguments, as they are.</param>
    public ServerProcess(string user, string log, params string[] program)
    {
        _log = log;
        string[] whole = ["-c", "exec \"$@\" >\"$0\" 2>&1 </dev/null", log, "setpriv", "--reuid", user, "--regid", user, "--clear-groups", .. program];
        _process = Process.Start(new ProcessStartInfo("bash", whole))!;
    }

    public string Log => File.Exists(_log) ? File.ReadAllText(_log) : "no log";

    public void WaitForPort(int port) => Workplace.WaitForPort(port, () => Log);

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            // What all of them here take for "at once": PostgreSQL waits for its clients at TERM.
            _ = Tool.Run("kill", "-INT", _process.Id.ToString(CultureInfo.InvariantCulture));
            if (!_process.WaitForExit(PatienceMilliseconds))
                _process.Kill();
        }

        _process.Dispose();
    }
}
