using Postern.Engine.Connections;
using Postern.Engine.Gates;
using Postern.Interop.LibC;
using Postern.Interop.LibSsl;
using Postern.Interop.LibSsl.Demands;
using Postern.Policy.Service;
using Postern.Protocols;

namespace Postern.Engine.Upstream;

/// <summary>How far an <see cref="Upgrade"/> is.</summary>
internal enum UpgradeProgress
{
    Waiting,
    Done,
    Failed,
}

/// <summary>
/// From a connection to a server that stands to one on which words may be said: the STARTTLS dialogue where there is one, the
/// handshake, the verification. It ends with a <see cref="BackendSession"/>, or with the reason why there is none; a third way,
/// to go on in the clear, does not exist (C1, C13).
/// </summary>
internal sealed class Upgrade : IDisposable
{
    private readonly EngineThread _thread;
    private readonly Func<TlsChannel> _connect;
    private readonly Func<TlsChannel, BackendSession?> _accept;
    private readonly string _expected;
    private readonly Dialogue? _dialogue;
    private TlsChannel? _channel;
    private bool _spoken;

    /// <summary>With a gate's backend.</summary>
    /// <param name="thread">Whose buffers are used.</param>
    /// <param name="gate">A gate with <see cref="Gate.BackendTls"/>.</param>
    /// <param name="route">−1 is the gate's own backend.</param>
    /// <param name="addressee">Whom the client asked for, where its protocol says so (XMPP).</param>
    /// <param name="origin">Who the client said that it is.</param>
    /// <param name="demand">What DANE wants it to show; null only where DANE is not asked (<see cref="BackendTls.Dane"/>).</param>
    public Upgrade(EngineThread thread, Gate gate, int route, string? addressee, string? origin, ServerDemand? demand)
    {
        _thread = thread;
        BackendTls tls = gate.BackendTls!;
        if (tls.Dane is not null && demand is null)
            throw new ArgumentNullException(nameof(demand), "DANE must prove this backend");
        string name = tls.NameOf(route);
        _connect = () => demand is null ? new TlsChannel(tls.Client, name, thread.Wire) : new TlsChannel(tls.Client, demand, thread.Wire);
        _accept = BackendSession.WithBackend;
        _expected = demand is null ? name : $"TLSA of {demand.ServerName}";
        if (tls.ModeOf(route) == TlsMode.StartTls)
            _dialogue = NewDialogue(gate, addressee ?? name, origin);
    }

    /// <summary>With a server in the world.</summary>
    /// <param name="thread">Whose buffers are used.</param>
    /// <param name="gate">A gate with <see cref="Gate.Outbound"/>.</param>
    /// <param name="target">The server, and what it must show.</param>
    /// <param name="demand">The same, put to OpenSSL.</param>
    /// <param name="addressee">Whom the client asked for.</param>
    /// <param name="origin">Who the client said that it is.</param>
    public Upgrade(EngineThread thread, Gate gate, ServiceTarget target, ServerDemand demand, string addressee, string? origin)
    {
        _thread = thread;
        HopVerifier verifier = gate.Outbound!.VerifierFor(origin);
        _connect = () => verifier.Connect(demand, thread.Wire);
        _accept = channel => BackendSession.WithServer(channel, target.Demand);
        _expected = target.Demand.ToString();
        if (!target.IsDirectTls)
            _dialogue = NewDialogue(gate, addressee, origin);
    }

    /// <summary>Not null when it is done.</summary>
    public BackendSession? Session { get; private set; }

    public Outcome Outcome { get; private set; }

    /// <summary>What the client hears of the failure.</summary>
    public Unavailable Why { get; private set; }

    /// <summary>In our words or OpenSSL's.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>Goes on as far as it can with what the server has sent.</summary>
    public UpgradeProgress Advance(ref Side back)
    {
        if (_channel is null && _dialogue is not null)
        {
            UpgradeProgress dialogue = Negotiate(ref back);
            if (dialogue != UpgradeProgress.Done)
                return dialogue;
        }

        return Handshake(ref back);
    }

    private static Dialogue NewDialogue(Gate gate, string domain, string? origin) =>
        new(gate.Protocol.FacingServer(new BackSettings(gate.HostName, domain, origin, RandomNumber.Draw())));

    private UpgradeProgress Negotiate(ref Side back)
    {
        _ = back.Flush(_thread.Buffers);
        while (true)
        {
            int count = _spoken ? back.Receive(_thread.Plain.AsSpan(0, Dialogue.MaxBytes)) : 0;
            if (count == -Errno.Again)
                return UpgradeProgress.Waiting;
            if (_spoken && count <= 0)
                return Fail(Outcome.BackendUnreachable, Unavailable.NoBackend, count == 0 ? "closed the connection before TLS" : Errno.Describe(count));

            // Once with nothing, so that who speaks first can.
            _spoken = true;
            back.In.Append(_thread.Buffers, _thread.Plain.AsSpan(0, count));
            var output = new ByteWriter(_thread.Answer);
            Step step = _dialogue!.Feed(back.In.Bytes, ref output);
            back.In.Consume(_thread.Buffers, step.Consumed);
            back.Transmit(_thread.Buffers, output.Written);
            switch (step.Verdict)
            {
                case Verdict.NeedInput:
                    continue;

                // C4, C5: the dialogue saw what had been read. What the kernel holds by now came in the clear as well.
                case Verdict.StartTls when StreamSocket.HasUnread(back.Fd):
                    return Refused(Refusal.Injection);

                case Verdict.StartTls:
                    return UpgradeProgress.Done;

                default:
                    return Refused(step.Refusal);
            }
        }
    }

    private UpgradeProgress Refused(Refusal refusal)
    {
        // What it said with it came in the clear, from anybody: no client is told (C8).
        return refusal switch
        {
            Refusal.Injection => Fail(Outcome.BackendInjection, Unavailable.NoTls, "said more in the clear than the answer that starts TLS"),
            Refusal.BackendRefused => Fail(Outcome.BackendRefused, Unavailable.BadBackend, "refused in its greeting"),
            Refusal.BackendNoStartTls => Fail(Outcome.BackendNoStartTls, Unavailable.NoTls, "does not start TLS"),
            Refusal.BackendPreauth => Fail(Outcome.BackendInvalid, Unavailable.BadBackend, "greeted with PREAUTH, which leaves no way to TLS"),
            Refusal.TooLong or Refusal.TooMuch => Fail(Outcome.BackendInvalid, Unavailable.BadBackend, "says more before TLS than there is to be said"),
            _ => Fail(Outcome.BackendInvalid, Unavailable.BadBackend, "says something before TLS that is not the gate's protocol"),
        };
    }

    private UpgradeProgress Handshake(ref Side back)
    {
        bool first = _channel is null;
        _channel ??= _connect();
        switch (back.Handshake(_thread.Buffers, _thread.Wire, _channel, first))
        {
            case TlsStatus.Ok:
                return Verify();

            case TlsStatus.Failed:
                string untrusted = _channel.VerifyFailure;
                return untrusted.Length > 0
                    ? Fail(Outcome.BackendUntrusted, Unavailable.Untrusted, $"{untrusted} (expected {_expected})")
                    : Fail(Outcome.BackendTlsFailed, Unavailable.NoTls, _channel.Failure);

            case TlsStatus.Closed:
                return Fail(Outcome.BackendTlsFailed, Unavailable.NoTls, "closed the connection in the handshake");

            default:
                return UpgradeProgress.Waiting;
        }
    }

    private UpgradeProgress Verify()
    {
        if (_accept(_channel!) is not { } session)
            return Fail(Outcome.BackendUntrusted, Unavailable.Untrusted, $"showed no certificate (expected {_expected})");

        Session = session;
        _channel = null;
        return UpgradeProgress.Done;
    }

    private UpgradeProgress Fail(Outcome outcome, Unavailable why, string reason)
    {
        Outcome = outcome;
        Why = why;
        Reason = reason;
        return UpgradeProgress.Failed;
    }

    /// <summary>What has become a session is not its any more.</summary>
    public void Dispose()
    {
        _channel?.Dispose();
        _channel = null;
    }
}
