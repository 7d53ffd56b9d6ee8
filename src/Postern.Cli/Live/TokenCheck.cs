using System.Collections.Immutable;
using Postern.Cli.Daemon;
using Postern.Cli.Output;
using Postern.Configuration;
using Postern.Configuration.Settings;
using Postern.Interop.LibC;

namespace Postern.Cli.Live;

/// <summary>
/// Has the keys on tokens tried, for <c>postern check</c>: by a process that becomes the key agent's user and has its
/// filter, so that no vendor's library is loaded here. Each token's PIN is tried once.
/// </summary>
internal static class TokenCheck
{
    /// <summary>posternd's role (TokenCheckRole), and who starts roles there.</summary>
    private const string Role = "token-check";
    private const string Launcher = "launch";

    /// <summary>A module that takes longer would fail at the start of posternd too.</summary>
    private const int TimeoutMilliseconds = 60_000;

    private const int MaxReport = 1024 * 1024;

    public static ImmutableArray<ConfigurationProblem> Run(Snapshot snapshot, PosternSettings settings)
    {
        if (!snapshot.HasTokens)
            return [];

        if (DaemonProgram.Find() is not { } program)
            return [Problem(Severity.Warning, snapshot, settings, First(snapshot), $"the token was not tried: {DaemonProgram.Name}, which does it, is neither beside {Environment.ProcessPath} nor on the PATH")];

        TokenReport? report = Ask(program, snapshot.Server.KeyUser, snapshot.TokenKeys().Write(), out string failure);
        return report is null
            ? [Problem(Severity.Error, snapshot, settings, First(snapshot), $"the token could not be tried: {failure}")]
            : [.. report.Problems.Where(problem => problem.Key >= 0 && problem.Key < snapshot.Certificates.Length)
                .Select(problem => Problem(Severity.Error, snapshot, settings, problem.Key, PeerText.Escape(problem.Message)))];
    }

    private static TokenReport? Ask(string program, string user, byte[] keys, out string failure)
    {
        failure = "";
        int pid = StreamSocket.Pair(messages: false, nonBlocking: false, out int ours, out int theirs);
        if (pid == 0)
        {
            pid = ChildProcess.Start(program, [Launcher, Role, user, "available"], theirs);
            Descriptor.Close(theirs);
        }

        if (pid < 0)
        {
            failure = Errno.Describe(pid);
            return null;
        }

        StreamSocket.ReceiveTimeout(ours, TimeoutMilliseconds);
        _ = StreamSocket.SendAll(ours, keys);
        Array.Clear(keys);
        TokenReport? report = StreamSocket.ReceiveAll(ours, MaxReport) is { } json ? TokenReport.Read(json) : null;
        Descriptor.Close(ours);

        // Dead already when it has answered or fallen; what still runs is a module that does not come back.
        if (report is null)
            ChildProcess.Kill(pid, ChildProcess.SignalKill);
        ChildExit exit = ChildProcess.Wait(pid);
        failure = exit.Signal == ChildProcess.SignalKill ? "the module did not answer in time" : $"the process with the module ended: {exit}";
        return report;
    }

    private static int First(Snapshot snapshot) =>
        snapshot.Certificates.Select((certificate, number) => (certificate, number)).First(each => each.certificate.IsOnToken).number;

    private static ConfigurationProblem Problem(Severity severity, Snapshot snapshot, PosternSettings settings, int certificate, string message)
    {
        string key = $"certificate.{snapshot.Certificates[certificate].Name}.key";
        Position at = settings.Source.Find(key);
        return new ConfigurationProblem(severity, settings.Source.File, at.Line, at.Column, key, message);
    }
}
