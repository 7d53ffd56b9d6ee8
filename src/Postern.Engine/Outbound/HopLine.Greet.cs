using System.Collections.Immutable;
using Postern.Engine.Upstream;
using Postern.Interop.LibC;
using Postern.Interop.LibSsl;
using Postern.Interop.LibSsl.Demands;
using Postern.Policy.Dane;
using Postern.Policy.Decision;
using Postern.Protocols;
using Postern.Protocols.Smtp.Outbound;

namespace Postern.Engine.Outbound;

/// <summary>From a connection that stands to one on which mail may be said.</summary>
internal sealed partial class HopLine
{
    private HopHello _hello = null!;
    private Dialogue _dialogue = null!;
    private TlsChannel? _channel;
    private HopSession? _tlsSession;
    private bool _spoken;

    private bool IsInHandshake => _channel is { HandshakeDone: false };

    private void BeginHello() => Begin(HopSession.Wanted(Case, IsInTheClear));

    private void Begin(HopTls tls)
    {
        _hello = new HopHello(_gate.HostName, tls);
        _dialogue = new Dialogue(_hello);
        _spoken = false;
    }

    private void Greet()
    {
        _ = _side.Flush(_thread.Buffers);
        bool goesOn = true;
        while (goesOn && State == HopLineState.Greeting)
            goesOn = IsInHandshake ? Handshake() : Hear();
    }

    /// <summary>A reply, in the clear or inside TLS. False when there is none yet.</summary>
    private bool Hear()
    {
        // Once with nothing: inside TLS the client speaks first.
        bool first = !_spoken;
        _spoken = true;
        int count = first && Session is null && _channel is not null ? 0 : ReceivePlain();
        if (count == -Errno.Again && !first)
            return false;
        if (count < 0 && count != -Errno.Again)
            return Closed("closed the connection before mail could be said");

        var output = new ByteWriter(_thread.Answer);
        Step step = _dialogue.Feed(_unread.Bytes, ref output);
        _unread.Consume(_thread.Buffers, step.Consumed);
        SayRaw(output.Written);
        switch (step.Verdict)
        {
            case Verdict.NeedInput:
                return true;

            // C4, C5: the dialogue saw what had been read. What the kernel holds by now came in the clear as well.
            case Verdict.StartTls when StreamSocket.HasUnread(_side.Fd):
                return Refused(Refusal.Injection);

            case Verdict.StartTls:
                return StartTls();

            case Verdict.Relay:
                return OpenLine();

            default:
                return Refused(step.Refusal);
        }
    }

    private bool StartTls()
    {
        // A record of no use was to be seen by the resolver, which decides again; here it is a host that cannot show what is demanded.
        ServerDemand? demand = _gate.Outbound!.Verifier.Prepare(Case.Demand, Case.Watch, out ImmutableArray<TlsaRecord> _);
        if (demand is null)
            return FailTls(TlsFailure.NoTlsaMatch, "none of the TLSA records is usable");

        _channel = _gate.Outbound.Verifier.Connect(demand, _thread.Wire);
        return Handshake(first: true);
    }

    private bool Handshake(bool first = false)
    {
        switch (_side.Handshake(_thread.Buffers, _thread.Wire, _channel!, first))
        {
            case TlsStatus.Ok:
                return Verify();

            case TlsStatus.Failed:
                string untrusted = _channel!.VerifyFailure;
                return FailTls(HopVerifier.FailureOf(_channel.Fault), untrusted.Length > 0 ? untrusted : _channel.Failure);

            case TlsStatus.Closed:
                return FailTls(TlsFailure.Handshake, "closed the connection in the handshake");

            default:
                return false;
        }
    }

    private bool Verify()
    {
        if (HopSession.InsideTls(Case, _channel!) is not { } session)
            return FailTls(TlsFailure.NotTrusted, "showed no certificate");

        if (_channel!.PeerFault is var fault and not TlsFault.None)
            WatchFailure = HopVerifier.FailureOf(fault);
        _tlsSession = session;
        Begin(HopTls.Inside);
        return true;
    }

    private bool OpenLine()
    {
        Session = _tlsSession ?? HopSession.InTheClear(Case);
        if (Session is null)
            return FailTls(TlsFailure.NoStartTls, "does not start TLS");

        _channel?.ForgetHandshake();
        _channel = null;
        State = HopLineState.Open;
        Hop = new NextHop(Case.Host.Text, _hello.Extensions)
        {
            InsideTls = Session.Peer is not null,

            // RFC 8689 §4.2.1: the MX is known by DNSSEC or MTA-STS, and the certificate was verified.
            MayRequireTls = Case.MxAuthenticated && Session.IsAuthenticated,
        };
        _thread.Reactor.CancelDeadline(this);
        return false;
    }

    private bool Refused(Refusal refusal)
    {
        OutboundRefusal said = _hello.Explain(refusal, $"{Case.Host}[{Address}]");
        if (refusal is Refusal.BackendNoStartTls or Refusal.Injection)
        {
            TlsFailure failure = refusal == Refusal.Injection ? TlsFailure.Handshake : TlsFailure.NoStartTls;
            Fail(new HopFault(Case.RefusalFor(failure), failure, said.Text));
        }
        else
        {
            Fail(new HopFault(new SmtpRefusal(said.Code, said.Enhanced, said.Text), null, said.Text));
        }

        return false;
    }

    private bool Closed(string what)
    {
        Unreachable(what);
        return false;
    }

    private bool FailTls(TlsFailure failure, string detail)
    {
        Fail(new HopFault(Case.RefusalFor(failure), failure, detail));
        return false;
    }
}
