using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Postern.EndToEnd.Rigs;

/// <summary>A real client of XMPP: a few lines of C (Clients/strophe.c) on libstrophe.</summary>
internal sealed class StropheClient : IDisposable
{
    private static readonly Lazy<string> s_program = new(Compile);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _said = new();
    private readonly ConcurrentQueue<string> _log = new();

    private StropheClient(string[] arguments)
    {
        _process = Process.Start(new ProcessStartInfo(s_program.Value, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        _process.OutputDataReceived += (_, e) => Note(_said, e.Data);
        _process.ErrorDataReceived += (_, e) => Note(_log, e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What the library noted: every stanza, the mechanism that it chose.</summary>
    public string Log => string.Join('\n', _log);

    /// <summary>Logs in, and waits for a message.</summary>
    /// <param name="tls">plain, starttls or implicit.</param>
    /// <param name="port">On loopback.</param>
    /// <param name="authority">PEM file of whom the server's certificate, which is for the domain, must come from.</param>
    /// <param name="jid">user@domain.</param>
    public static StropheClient Listen(string tls, int port, string authority, string jid)
    {
        var client = new StropheClient(Arguments(tls, port, authority, jid, "listen"));
        client.WaitFor(tls == "plain" ? "ready in the clear" : "ready secured");
        return client;
    }

    /// <summary>Logs in, sends a message, and leaves.</summary>
    public static ToolResult Send(string tls, int port, string authority, string jid, string to, string text) =>
        Tool.Run(s_program.Value, [.. Arguments(tls, port, authority, jid, to), text]);

    /// <summary>As <see cref="Send"/>, but it stays until something comes back: <c>refused CONDITION TEXT</c>, where that is a refusal.</summary>
    public static ToolResult SendAndAwait(string tls, int port, string authority, string jid, string to, string text) =>
        Tool.Run(s_program.Value, [.. Arguments(tls, port, authority, jid, to), text, "await"]);

    /// <summary>A listener ends with the message that it has heard.</summary>
    public void WaitForMessage(string text)
    {
        WaitFor("message " + text);
        Workplace.WaitFor(() => _process.HasExited, () => "it does not leave: " + Log);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }

    private void WaitFor(string line) =>
        Workplace.WaitFor(() => _said.Contains(line), () => $"it does not say '{line}': {string.Join('\n', _said)}\n{Log}");

    private static string[] Arguments(string tls, int port, string authority, string jid, string to) =>
        [tls, "127.0.0.1", port.ToString(CultureInfo.InvariantCulture), authority, jid, ProsodyRig.Password, to];

    private static string Compile()
    {
        string program = Path.Combine(Directory.CreateTempSubdirectory("postern-strophe-").FullName, "strophe");
        ToolResult result = Tool.Run("gcc", "-Wall", "-O1", Path.Combine(AppContext.BaseDirectory, "Clients/strophe.c"), "-o", program, "-lstrophe");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(Path.GetDirectoryName(program)!, recursive: true);
        return result.ExitCode == 0 ? program : throw new InvalidOperationException(result.Output);
    }

    private static void Note(ConcurrentQueue<string> lines, string? line)
    {
        if (line is not null)
            lines.Enqueue(line);
    }
}
