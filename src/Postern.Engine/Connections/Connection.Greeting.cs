using Postern.Interop.LibC;
using Postern.Protocols;

namespace Postern.Engine.Connections;

/// <summary>The backend's greeting, when nobody is owed it: read, judged, swallowed.</summary>
internal sealed partial class Connection
{
    /// <summary>A mail server may look up its client's name before it greets; a client waits five minutes (RFC 5321 §4.5.3.2).</summary>
    private const int GreetingTimeout = 60_000;

    private BackNegotiator? _greetingReader;

    private void EnterGreeting()
    {
        _phase = Phase.Greeting;
        _stage = Stage.Greeting;
        _greetingReader = _gate.Protocol.FacingBackend(_replay, greets: true);
        _dialogue = new Dialogue(_greetingReader);
        Reactor.SetDeadline(this, GreetingTimeout);
    }

    private bool ReadGreeting()
    {
        _ = _back.Flush(Buffers);
        int count = _back.Receive(_thread.Plain.AsSpan(0, Dialogue.MaxBytes));
        if (count == -Errno.Again)
            return false;
        if (count <= 0)
            return BackendFailed(count == 0 ? "closed the connection before its greeting" : Errno.Describe(count));

        _back.In.Append(Buffers, _thread.Plain.AsSpan(0, count));
        var output = new ByteWriter(_thread.Answer);
        Step step = _dialogue!.Feed(_back.In.Bytes, ref output);
        _back.In.Consume(Buffers, step.Consumed);
        _back.Transmit(Buffers, output.Written);

        switch (step.Verdict)
        {
            case Verdict.NeedInput:
                return _back.Readable;

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
