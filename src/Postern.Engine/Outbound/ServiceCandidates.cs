using System.Net;
using Postern.Engine.Connections;
using Postern.Policy.Service;

namespace Postern.Engine.Outbound;

/// <summary>The servers of a domain, address after address, and why each came to nothing: that is said when none is left.</summary>
internal sealed class ServiceCandidates
{
    /// <summary>Connections that are tried for one stream. Whoever names more servers has one among the first that answers, or none.</summary>
    public const int MaxTries = 12;

    private readonly ServiceAnswer _answer;
    private int _target;
    private int _address = -1;
    private int _tries;

    /// <param name="domain">Whom the client asked for, in ASCII.</param>
    /// <param name="answer">Without a refusal of its own.</param>
    public ServiceCandidates(string domain, ServiceAnswer answer)
    {
        _answer = answer;
        Refusal = new ServiceRefusal(ServiceRefusalKind.ConnectionFailed, $"no server of {domain} has an address that can be used");
        Outcome = Outcome.BackendUnreachable;
    }

    public ServiceTarget Target => _answer.Targets[_target];

    public IPAddress Address => Target.Addresses[_address];

    /// <summary>For people: <c>xmpp.example.org[192.0.2.1]:5269</c>.</summary>
    public string Name => $"{Target.Host}[{Address}]:{Target.Port}";

    /// <summary>
    /// What the client is told when nobody is left. A server that did not show what is demanded of it outweighs those that could not be
    /// reached: it is what somebody has to look at. Among equals the last counts.
    /// </summary>
    public ServiceRefusal Refusal { get; private set; }

    /// <summary>What is counted then.</summary>
    public Outcome Outcome { get; private set; }

    /// <summary>Goes on to the next address that may be tried; false: none is left.</summary>
    public bool Next()
    {
        for (_address++; _target < _answer.Targets.Length; _target++, _address = 0)
        {
            if (Target.Refusal is { } refusal)
            {
                Note(refusal, OutcomeOf(refusal.Kind));
            }
            else if (_address < Target.Addresses.Length)
            {
                if (_tries == MaxTries)
                    return false;
                _tries++;
                return true;
            }
        }

        return false;
    }

    /// <summary>This one came to nothing.</summary>
    /// <param name="kind">What the client may do about it.</param>
    /// <param name="outcome">What is counted if nobody else is left.</param>
    /// <param name="problem">In our words, the kernel's or OpenSSL's; the name stands before it.</param>
    public void Failed(ServiceRefusalKind kind, Outcome outcome, string problem) => Note(new ServiceRefusal(kind, problem), outcome);

    /// <summary>What a refusal of the resolver's is counted as.</summary>
    public static Outcome OutcomeOf(ServiceRefusalKind kind) => kind switch
    {
        ServiceRefusalKind.HostUnknown => Outcome.RefusedUnknownDomain,
        ServiceRefusalKind.PolicyViolation => Outcome.BackendUnproved,
        _ => Outcome.BackendUnreachable,
    };

    private void Note(ServiceRefusal refusal, Outcome outcome)
    {
        if (Refusal.Kind == ServiceRefusalKind.PolicyViolation && refusal.Kind != ServiceRefusalKind.PolicyViolation)
            return;
        Refusal = refusal;
        Outcome = outcome;
    }
}
