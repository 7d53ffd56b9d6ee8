using Postern.Interop.LibC;
using Postern.Protocols;

namespace Postern.Engine.Connections;

/// <summary>The backend's greeting, when nobody is owed it: read, judged, swallowed.</summary>
internal sealed partial class Connection
{
    /// <summary>A mail server may look up its client's name before it greets; a client waits five minutes (RFC 5321 §4.5.3.2).</summary>
    private const int GreetingTimeout = 60_000;

    private BackNegotiator? _greetingReader;

    /// <summary>What the ledger says, where the relay would begin.</summary>
    private void EnterGreetings()
    {
        switch (_gate.Greeting(Route))
        {
            case GreetingAction.Swallow:
                EnterGreeting(greets: true);
                break;

            // A client that stays in the clear introduced itself to us; a server that has just started TLS has yet to hear it.
            case GreetingAction.Relay when !_replay.IsEmpty:
                EnterGreeting(greets: false);
                break;

            case GreetingAction.Say:
                var output = new ByteWriter(_thread.Answer);
                _gate.Protocol.WriteGreeting(_gate.HostName, ref output);
                Say(output.Written);
                EnterRelay();
                break;

            default:
                EnterRelay();
                break;
        }
    }

    private void EnterGreeting(bool greets)
    {
        _phase = Phase.Greeting;
        _stage = Stage.Greeting;
        _greetingReader = _gate.Protocol.FacingBackend(_replay, greets);
        _dialogue = new Dialogue(_greetingReader);
        Reactor.SetDeadline(this, GreetingTimeout);

        // With nothing first: after STARTTLS it is we who speak.
        _ = HearGreeting();
    }

    private bool ReadGreeting()
    {
        _ = _back.Flush(Buffers);
        int count = ReceiveFromBackend();
        if (count == -Errno.Again)
            return false;
        if (count <= 0)
            return BackendFailed(count == 0 ? "closed the connection before its greeting" : Errno.Describe(count));

        _ahead.Append(Buffers, _thread.Plain.AsSpan(0, count));
        return HearGreeting();
    }

    /// <summary>True when there is more to do at once.</summary>
    private bool HearGreeting()
    {
        var output = new ByteWriter(_thread.Answer);
        Step step = _dialogue!.Feed(_ahead.Bytes, ref output);
        _ahead.Consume(Buffers, step.Consumed);
        SayToBackend(output.Written);

        switch (step.Verdict)
        {
            case Verdict.NeedInput:
                return true;

            case Verdict.Relay:
                // What stands behind the greeting is the backend's word inside TLS: it goes to the client.
                EnterRelay();
                return true;

            default:
                _backendRefusal = step.Refusal == Refusal.BackendRefused;
                Refuse(Unavailable.BadBackend, OutcomeNames.Of(step.Refusal), $"{_address}: {Words(step.Refusal)}");
                return true;
        }
    }

    private bool BackendFailed(string problem)
    {
        Refuse(Unavailable.NoBackend, Outcome.BackendUnreachable, $"{_address}: {problem}");
        return true;
    }

    private static string Words(Refusal refusal) => refusal switch
    {
        Refusal.BackendRefused => "refused in its greeting",
        Refusal.BackendPreauth => "greeted with PREAUTH: whoever connects would be logged in",
        Refusal.BackendGarbage => "greeted with something that is not the gate's protocol",
        _ => "its greeting is longer than a greeting may be",
    };
}
