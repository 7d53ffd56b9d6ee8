using Postern.Interop.LibC;
using Postern.Roles.KeyAgent;

namespace Postern.Roles.Supervisor;

/// <summary>The key agent of each generation: started before its workers, replaced when it dies.</summary>
public sealed partial class Supervisor
{
    /// <summary>A stolen worker could ask a million times a second: it is told of once in so long.</summary>
    private static readonly TimeSpan s_refusalQuiet = TimeSpan.FromSeconds(60);

    private long _refusedSignatures;
    private DateTimeOffset _refusalSaid = DateTimeOffset.MinValue;

    private string RefusedSignatures =>
        $"the key agent refused to sign {_refusedSignatures} times: no worker asks so while it is itself; look for an intruder";

    internal void SigningRefused(SigningOutcome outcome)
    {
        _refusedSignatures++;
        if (DateTimeOffset.UtcNow - _refusalSaid < s_refusalQuiet)
            return;

        _refusalSaid = DateTimeOffset.UtcNow;
        Log.Say(3, "keys", $"{RefusedSignatures}; the last one: {Words(outcome)}");
    }

    internal void KeyAgentEnded(Generation generation, KeyAgentProcess agent, ChildExit exit)
    {
        generation.KeyAgent = null;
        if (ReferenceEquals(generation, _next))
        {
            FailNext(agent.Failure.Length > 0 ? agent.Failure : $"the key agent ended before it was ready: {exit}");
            return;
        }

        int wait = generation.KeyAgentDeaths.Add(agent.StartedAt);
        Log.Say(3, "keys", $"key agent {agent.Pid} ended ({Cause(exit, agent.Failure)}); handshakes fail until another has started, {Deaths.When(wait)}; open connections go on");
        After(wait, () => ReplaceKeyAgent(generation));
    }

    /// <summary>Null when it went well.</summary>
    private string? StartKeyAgent(Generation generation)
    {
        generation.KeyAgent = KeyAgentProcess.Start(this, generation, out string problem);
        return generation.KeyAgent is null ? problem : null;
    }

    private void ReplaceKeyAgent(Generation generation)
    {
        if (generation.KeyAgent is not null || generation.Empty || !AllGenerations().Contains(generation))
            return;

        if (StartKeyAgent(generation) is { } problem)
        {
            Log.Say(3, "keys", $"{problem}; trying again");
            After(Deaths.MaxBackoffMilliseconds, () => ReplaceKeyAgent(generation));
            return;
        }

        foreach (Generation.Place place in generation.Places)
            place.Worker?.GiveKeyAgent(generation.KeyAgent!);
    }

    private static string Words(SigningOutcome outcome) => outcome switch
    {
        SigningOutcome.Malformed => "not a request",
        SigningOutcome.UnknownKey => "a key that does not exist",
        SigningOutcome.NotTls => "not a message that TLS has a server sign",
        _ => "a signature that the key cannot make",
    };
}
