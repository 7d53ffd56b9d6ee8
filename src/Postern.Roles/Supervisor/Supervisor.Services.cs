using Postern.Interop.LibC;
using Postern.Policy.Dns;
using Postern.Roles.Ipc;
using Postern.Roles.KeyAgent;

namespace Postern.Roles.Supervisor;

/// <summary>The key agent and the dialer of each generation: started before its workers, replaced when they die.</summary>
public sealed partial class Supervisor
{
    /// <summary>A stolen worker could ask a million times a second: it is told of once in so long.</summary>
    private static readonly TimeSpan s_refusalQuiet = TimeSpan.FromSeconds(60);

    private readonly Dictionary<string, long> _refusals = [];
    private DateTimeOffset _refusalSaid = DateTimeOffset.MinValue;

    private long _tokenFailures;
    private DateTimeOffset _tokenSaid = DateTimeOffset.MinValue;

    private IEnumerable<string> RefusalNotices => _refusals.Select(refused =>
        $"the {refused.Key} refused {refused.Value} requests: no worker asks so while it is itself; look for an intruder");

    private string TokenNotice => $"a token did not make {_tokenFailures} signatures, whose handshakes failed";

    internal void RequestRefused(Service service, Message refused)
    {
        var outcome = (AgentOutcome)refused.Number;
        if (service.Successor == MessageKind.Keys && outcome == AgentOutcome.TokenFailed)
        {
            TokenFailed(refused.Text);
            return;
        }

        _refusals[service.Name] = _refusals.GetValueOrDefault(service.Name) + 1;
        if (DateTimeOffset.UtcNow - _refusalSaid < s_refusalQuiet)
            return;

        _refusalSaid = DateTimeOffset.UtcNow;
        string what = service.Successor switch
        {
            MessageKind.Keys => Words(outcome),
            MessageKind.Dialer => "not a backend of the configuration",
            _ => "not a question",
        };
        foreach (string notice in RefusalNotices)
            Log.Say(3, "refused", $"{notice} (the last: {what})");
    }

    /// <summary>Roles say themselves how often.</summary>
    internal void Alarm(Service service, string text) => Log.Say(3, "alarm", $"the {service.Name}: {text}");

    internal void Note(Service service, string text) => Log.Say(6, "role", $"the {service.Name}: {text}");

    /// <summary>No worker's fault: the token is away, or in trouble.</summary>
    private void TokenFailed(string why)
    {
        _tokenFailures++;
        if (DateTimeOffset.UtcNow - _tokenSaid < s_refusalQuiet)
            return;

        _tokenSaid = DateTimeOffset.UtcNow;
        Log.Say(3, "token", $"{TokenNotice} (the last: {why})");
    }

    /// <summary>Of all generations: the old one would write it down again.</summary>
    internal void Forget(DnsName domain)
    {
        foreach (Service service in AllGenerations().SelectMany(generation => generation.Services).Where(service => service.Remembers))
            service.Process?.Forget(domain);
        Log.Say(6, "flush", $"{domain} is to be forgotten, by the operator's word");
    }

    internal void ServiceEnded(Generation generation, Service service, ServiceProcess process, ChildExit exit)
    {
        service.Process = null;
        if (ReferenceEquals(generation, _next))
        {
            FailNext(process.Failure.Length > 0 ? process.Failure : $"the {service.Name} ended before it was ready: {exit}");
            return;
        }

        if (service.Renews && exit.ExitCode == 0)
        {
            if (!IsDone(generation))
                Log.Say(6, "role", $"{service.Name} {process.Pid} is renewed");
            Replace(generation, service);
            return;
        }

        int wait = service.Deaths.Add(process.StartedAt);
        Log.Say(3, "role", $"{service.Name} {process.Pid} ended ({Cause(exit, process.Failure)}); {service.Loss} until another has started, {Deaths.When(wait)}; open connections go on");
        After(wait, () => Replace(generation, service));
    }

    /// <summary>Null when it went well.</summary>
    private string? Start(Generation generation, Service service)
    {
        service.Process = ServiceProcess.Start(this, generation, service, out string problem);
        if (service.Process is null)
            return problem;

        // Whichever of the two is there first is introduced to the other when that one comes, or comes again.
        if (generation is { Resolver.Process: { } resolver, Recorder: { Process: not null } recorder } && (service == generation.Resolver || service == recorder))
            resolver.Give(recorder);
        if (service == generation.Resolver && ReferenceEquals(generation, _current) && !generation.Draining)
            service.Process.Accept();
        return null;
    }

    private void Replace(Generation generation, Service service)
    {
        if (service.Process is not null || IsDone(generation))
            return;

        if (Start(generation, service) is { } problem)
        {
            Log.Say(3, "role", $"{problem}; trying again");
            After(Deaths.MaxBackoffMilliseconds, () => Replace(generation, service));
            return;
        }

        if (service == generation.Recorder)
            return;
        foreach (Generation.Place place in generation.Places)
            place.Worker?.Give(service);
    }

    /// <summary>It needs nothing any more. One whose workers have died is empty, too, and gets others soon: they need it.</summary>
    private bool IsDone(Generation generation) => generation is { Draining: true, Empty: true } || !AllGenerations().Contains(generation);

    private static string Words(AgentOutcome outcome) => outcome switch
    {
        AgentOutcome.Malformed => "not a request",
        AgentOutcome.UnknownKey => "a key that does not exist",
        AgentOutcome.NotTls => "not a message that TLS has somebody sign",
        AgentOutcome.UnknownGate => "ticket keys of a gate that does not exist",
        AgentOutcome.WrongSlice => "ticket keys of another time",
        AgentOutcome.WrongUse => "a signature as a client by a server's key, or the other way round",
        _ => "a signature that the key cannot make",
    };
}
