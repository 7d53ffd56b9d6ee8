using Postern.Engine.Dialing;
using Postern.Engine.Outbound;
using Postern.Engine.Upstream;
using Postern.Interop.LibSsl.Demands;
using Postern.Policy.Service;
using Postern.Protocols;
using Postern.Protocols.Xmpp;

namespace Postern.Engine.Connections;

/// <summary>
/// From the domain that a client asked for to a server of it that has shown what is demanded of it, where a gate for XMPP leads out
/// (docs/adr/0029-xmpp-to-the-world.md). Until then no word of the client's stream leaves here, and none of a server's comes in.
/// </summary>
internal sealed partial class Connection : IServiceClient
{
    private long _serviceEnds;

    /// <summary>Under which number the resolver was asked; 0 when nothing is waited for from it.</summary>
    private uint _seeking;
    private ServiceCandidates? _candidates;
    private ServerDemand? _shown;

    private bool LeadsOut => _gate.Outbound is not null;

    private ServiceTimes Times => _gate.Outbound!.Times;

    private void EnterService()
    {
        _serviceEnds = Reactor.Now + Times.Whole;
        if (_thread.Services is not { } services)
        {
            RefuseService(new ServiceRefusal(ServiceRefusalKind.ConnectionFailed, "this gate has no resolver"), Outcome.BackendUnreachable);
            return;
        }

        SetServiceDeadline(Times.Answer);
        _seeking = services.FindService(Domain, this);
    }

    /// <summary>Whom the client asked for, as the DNS and certificates have it.</summary>
    private string Domain => DomainName.ToAscii(_addressee!);

    void IServiceClient.Found(ServiceAnswer answer)
    {
        _seeking = 0;
        if (answer.Refusal is { } refusal)
        {
            RefuseService(refusal, ServiceCandidates.OutcomeOf(refusal.Kind));
        }
        else
        {
            _candidates = new ServiceCandidates(Domain, answer);
            DialServer();
        }

        Turn();
    }

    /// <summary>The next address that may be tried, or a refusal.</summary>
    private void DialServer()
    {
        ServiceCandidates candidates = _candidates!;
        HopVerifier verifier = _gate.Outbound!.VerifierFor(_origin);
        _phase = Phase.Dial;
        _stage = Stage.Dial;
        while (Reactor.Now < _serviceEnds && candidates.Next())
        {
            _address = candidates.Name;

            // A record of no use was to be seen by the resolver, which decides again; here it is a server that cannot show what is demanded.
            _shown = verifier.Prepare(candidates.Target.Demand, watch: null, out _);
            if (_shown is null)
            {
                candidates.Failed(ServiceRefusalKind.PolicyViolation, Outcome.BackendUnproved, $"{_address}: none of the TLSA records is usable");
                continue;
            }

            SetServiceDeadline(Times.Connect);
            DialAnswer answer = _thread.Dialer.DialHop(_gate, candidates.Address, candidates.Target.Port, this);
            _dialling = answer.Number;
            string problem = "";
            if (_dialling != 0 || Takes(answer.Result, answer.Fd, ref problem))
                return;
            candidates.Failed(ServiceRefusalKind.ConnectionFailed, Outcome.BackendUnreachable, problem);
        }

        RefuseService(candidates.Refusal, candidates.Outcome);
    }

    private Upgrade UpgradeServer() => new(_thread, _gate, _candidates!.Target, _shown!, _addressee!, _origin);

    /// <summary>Before any word of the stream was said: the next one may do better.</summary>
    private void ServerFailed(Upgrade upgrade)
    {
        ServiceRefusalKind kind = upgrade.Outcome is Outcome.BackendUntrusted or Outcome.BackendNoStartTls or Outcome.BackendInjection
            ? ServiceRefusalKind.PolicyViolation
            : ServiceRefusalKind.ConnectionFailed;
        NextServer(kind, upgrade.Outcome, upgrade.Reason);
    }

    private void NextServer(ServiceRefusalKind kind, Outcome outcome, string problem)
    {
        _candidates!.Failed(kind, outcome, $"{_address}: {problem}");
        EndUpgrade();
        _back.Close(Buffers, reset: false);
        DialServer();
    }

    private void RefuseService(ServiceRefusal refusal, Outcome outcome)
    {
        Unavailable why = refusal.Kind switch
        {
            ServiceRefusalKind.HostUnknown => Unavailable.NoSuchDomain,
            ServiceRefusalKind.PolicyViolation => Unavailable.DomainRefused,
            _ => Unavailable.DomainUnreachable,
        };
        Refuse(why, outcome, refusal.Text, refusal.Text);
    }

    private void SeekDeadline()
    {
        GiveUpService();
        RefuseService(new ServiceRefusal(ServiceRefusalKind.ConnectionFailed, $"which servers {Domain} has could not be found out in time"), Outcome.BackendUnreachable);
    }

    /// <summary>
    /// A client that has closed before it has heard a word can do nothing with a stream any more (RFC 6120 §4.3: features are what it goes on
    /// from), and nobody in the world need be bothered for it.
    /// </summary>
    private bool LeftMeanwhile()
    {
        if (!LeadsOut || !_front.PeerClosed)
            return false;
        End(Outcome.ClientLeft);
        return true;
    }

    private void SetServiceDeadline(int limit) => Reactor.SetDeadline(this, Math.Clamp(_serviceEnds - Reactor.Now, 1, limit));

    private void GiveUpService()
    {
        if (_seeking != 0)
            _thread.Services!.GiveUp(_seeking);
        _seeking = 0;
    }

    private void ForgetService()
    {
        _candidates = null;
        _shown = null;
    }
}
